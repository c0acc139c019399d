import { sql } from 'kysely'
import type { Db } from './connect.ts'

interface Usage {
  /** Each blob once, however many images have it. */
  readonly bytes: number
  readonly versions: number
  /** Versions whose parts nobody has read yet: their bytes are not among the others. */
  readonly unread: number
}

/** What the published images take in the registry: those of a project, or all. Caches are not counted. */
export async function readUsage(db: Db, projectId?: number): Promise<Usage> {
  const isMeant = projectId === undefined ? sql`true` : sql`images.project_id = ${projectId}`
  const { rows } = await sql<Usage>`
    with kept as (
      select versions.digest from versions join images on images.id = versions.image_id
      where ${isMeant} and not exists (
        select from deletions where version_id = versions.id and state = 'done')
    ), described as (
      select contents.* from contents where digest in (select digest from kept)
    ), blobs as (
      select digest, manifest_bytes as bytes from described
      union select config_digest, config_bytes from described
      union select layers.digest, layers.bytes
        from layers join described on described.digest = layers.image_digest
    )
    select (select coalesce(sum(bytes), 0)::bigint from blobs) as bytes,
      (select count(*) from kept) as versions,
      (select count(*) from kept where digest not in (select digest from described)) as unread
  `.execute(db)
  return rows[0] ?? { bytes: 0, versions: 0, unread: 0 }
}
