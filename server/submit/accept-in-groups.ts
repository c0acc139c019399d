import { acceptBuilds } from '../../records/accept-builds.ts'
import type { NewBuild } from '../../records/accept-build.ts'
import type { Pool } from '../../records/connect.ts'
import { inGroups } from '../in-groups.ts'

export type AcceptInGroups = (
  build: NewBuild,
) => Promise<Awaited<ReturnType<typeof acceptBuilds>>[number]>

/** Accepts builds that come at once in one transaction. */
export function createAcceptInGroups(db: Pool): AcceptInGroups {
  return inGroups(async (builds: readonly NewBuild[]) => acceptBuilds(db, builds))
}
