import { sql } from 'kysely'
import { digestOfPinned } from '#contract/image.ts'
import type { Db } from './connect.ts'
import { withoutHost } from './without-host.ts'

/**
 * Which of these references, `host/repository@digest` with whatever host, mean versions of the library that are deleted or are to be. Until the
 * transaction ends the others are not: whoever wants to delete one waits, and then finds what uses it.
 */
export async function lockLiving(
  db: Db,
  references: readonly string[],
): Promise<readonly string[]> {
  const digests = references.map(digestOfPinned)
  if (digests.length === 0) return []
  const rows = await db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select(withoutHost(sql`images.registry || '@' || versions.digest`).as('place'))
    .select('versions.deleted_at')
    .where('versions.digest', 'in', digests)
    .forShare('versions')
    .execute()
  return references.filter((reference) => {
    const place = reference.slice(reference.indexOf('/') + 1)
    const known = rows.filter((row) => row.place === place)
    return known.length > 0 && known.every((row) => row.deleted_at !== null)
  })
}
