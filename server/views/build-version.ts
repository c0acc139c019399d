import { sql } from 'kysely'
import type { Db } from '../../records/connect.ts'

/** Moves are kept since names can be moved by hand: a version that is older than all of its image's took the name. */
const tookName = sql<boolean>`
  exists (select 1 from moves where to_version_id = versions.id and kind = 'publish')
  or not exists (
    select 1 from moves
    where moves.image_id = versions.image_id and moves.created_at <= versions.created_at)`

/**
 * The version that a build has made, and whether its name went there: it stays where somebody has moved it by hand since
 * the build was accepted. `null` for a build that was not published.
 */
export async function showVersion(db: Db, buildId: string) {
  const version = await db
    .selectFrom('versions')
    .select(['image_id', 'number', tookName.as('took_name')])
    .where('build_id', '=', buildId)
    .executeTakeFirst()
  return version ?? null
}
