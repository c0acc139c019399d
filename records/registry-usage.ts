import { sql } from 'kysely'
import type { ImageBlob } from '#contract/push.ts'
import type { Db } from './connect.ts'

interface Usage {
  /** Each blob once, however many images have it. */
  readonly bytes: number
  readonly versions: number
  /** Versions whose parts nobody has read yet: their bytes are not among the others. */
  readonly unread: number
}

/** The blobs of the published images of a project, or of all, for a statement that begins with it. */
function withBlobs(projectId: number | undefined) {
  const isMeant = projectId === undefined ? sql`true` : sql`images.project_id = ${projectId}`
  return sql`
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
    )`
}

/** What the published images take in the registry: those of a project, or all. Caches are not counted. */
export async function readUsage(db: Db, projectId?: number): Promise<Usage> {
  const { rows } = await sql<Usage>`${withBlobs(projectId)}
    select (select coalesce(sum(bytes), 0)::bigint from blobs) as bytes,
      (select count(*) from kept) as versions,
      (select count(*) from kept where digest not in (select digest from described)) as unread
  `.execute(db)
  return rows[0] ?? { bytes: 0, versions: 0, unread: 0 }
}

/** Bytes of these blobs that no published image of the project has yet. */
export async function countNewBytes(
  db: Db,
  projectId: number,
  blobs: readonly ImageBlob[],
): Promise<number> {
  const { rows } = await sql<{ readonly bytes: number }>`${withBlobs(projectId)}
    select coalesce(sum(bytes), 0)::bigint as bytes from (
      select distinct digest, bytes from unnest(
        ${blobs.map(({ digest }) => digest)}::text[], ${blobs.map(({ bytes }) => bytes)}::bigint[]
      ) as one (digest, bytes)
    ) as wanted where digest not in (select digest from blobs)`.execute(db)
  return rows[0]?.bytes ?? 0
}
