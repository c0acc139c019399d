import type { Selectable } from 'kysely'
import type { Db } from '../../records/connect.ts'
import type { BuildTable } from '../../records/schema.ts'
import { failBuild } from './fail.ts'

export type Build = Selectable<BuildTable>

/** @throws the failure `cancelled` when the build has ended: its workflow has nothing left to do. */
export async function requireBuild(db: Db, buildId: string): Promise<Build> {
  const build = await db
    .selectFrom('builds')
    .selectAll()
    .where('id', '=', buildId)
    .executeTakeFirst()
  if (build === undefined)
    throw failBuild({ code: 'internal', message: 'the build is not recorded' })
  if (build.status !== 'building')
    throw failBuild({ code: 'cancelled', message: 'the build has ended' })
  return build
}
