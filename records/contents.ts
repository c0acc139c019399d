import type { ImageContents } from '#contract/image-contents.ts'
import type { Db } from './connect.ts'
import { inChunks } from './in-chunks.ts'

export async function hasContents(db: Db, digest: string): Promise<boolean> {
  const row = await db
    .selectFrom('contents')
    .select('digest')
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row !== undefined
}

/** Notes what an image is made of. The same digest is always the same, so whoever comes second changes nothing. */
export async function storeContents(
  db: Db,
  digest: string,
  { manifestBytes, configDigest, configBytes, config, layers }: ImageContents,
): Promise<void> {
  const stored = await db
    .insertInto('contents')
    .values({
      digest,
      manifest_bytes: manifestBytes,
      config_digest: configDigest,
      config_bytes: configBytes,
      config: JSON.stringify(config),
    })
    .onConflict((c) => c.column('digest').doNothing())
    .returning('digest')
    .executeTakeFirst()
  if (stored === undefined || layers.length === 0) return
  const rows = layers.map(({ digest: layer, bytes, mediaType, madeBy }, position) => ({
    image_digest: digest,
    position,
    digest: layer,
    bytes,
    media_type: mediaType,
    made_by: madeBy,
  }))
  for (const some of inChunks(rows)) await db.insertInto('layers').values(some).execute()
}

/** What images are made of; those that nobody has described yet are not there. */
export async function readContents(
  db: Db,
  digests: readonly string[],
): Promise<ReadonlyMap<string, ImageContents>> {
  if (digests.length === 0) return new Map()
  const [contents, layers] = await Promise.all([
    db.selectFrom('contents').selectAll().where('digest', 'in', digests).execute(),
    db
      .selectFrom('layers')
      .selectAll()
      .where('image_digest', 'in', digests)
      .orderBy('position')
      .execute(),
  ])
  const byImage = Map.groupBy(layers, ({ image_digest: image }) => image)
  return new Map(
    contents.map((row) => [
      row.digest,
      {
        manifestBytes: row.manifest_bytes,
        configDigest: row.config_digest,
        configBytes: row.config_bytes,
        config: row.config,
        layers: (byImage.get(row.digest) ?? []).map(
          ({ digest, bytes, media_type: mediaType, made_by: madeBy }) => ({
            digest,
            bytes,
            mediaType,
            madeBy,
          }),
        ),
      },
    ]),
  )
}
