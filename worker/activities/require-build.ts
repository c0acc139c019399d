import { type BuildRow, findBuild } from '../../records/builds.ts'
import type { Db } from '../../records/connect.ts'
import { failBuild } from './fail.ts'

/** @throws the failure `cancelled` when the build has ended: its workflow has nothing left to do. */
export async function requireBuild(db: Db, buildId: string): Promise<BuildRow> {
  const build = await findBuild(db, buildId)
  if (build === undefined)
    throw failBuild({ code: 'internal', message: 'the build is not recorded' })
  if (build.status !== 'building')
    throw failBuild({ code: 'cancelled', message: 'the build has ended' })
  return build
}
