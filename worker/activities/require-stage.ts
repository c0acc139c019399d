import type { StageChange } from '#contract/activities.ts'
import type { Pool } from '../../records/connect.ts'
import { enterStage } from '../../records/stages.ts'
import { failBuild } from './fail.ts'

/** Moves the build to a stage. @throws the failure `stale_attempt` when a newer attempt decides or the build has ended. */
export async function requireStage(db: Pool, change: StageChange): Promise<void> {
  if (await enterStage(db, change)) return
  throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
}
