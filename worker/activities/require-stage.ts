import type { Pool } from '../../records/connect.ts'
import { enterStage, type StageEntry } from '../../records/stages.ts'
import { failBuild } from './fail.ts'

/**
 * Moves the build to a stage. @throws the failure `stale_attempt` when a newer attempt decides or the build has ended, and an
 * error that says nothing of the build when it was to be moved on from one stage alone and is in another.
 */
export async function requireStage(db: Pool, entry: StageEntry): Promise<void> {
  if (await enterStage(db, entry)) return
  if (entry.from !== undefined) throw new Error(`the build is not in the stage ${entry.from}`)
  throw failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })
}
