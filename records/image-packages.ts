import type { ImagePackages } from '#contract/image-packages.ts'
import type { Db } from './connect.ts'

/** Keeps the packages of an image. They follow from its digest, so that the first to know them is as good as any. */
export async function storePackages(
  db: Db,
  digest: string,
  packages: ImagePackages,
): Promise<void> {
  await db
    .insertInto('image_packages')
    .values({ digest, packages: JSON.stringify(packages) })
    .onConflict((c) => c.column('digest').doNothing())
    .execute()
}

/** The packages of an image; `undefined` while nobody has looked for them. */
export async function findPackages(db: Db, digest: string): Promise<ImagePackages | undefined> {
  const row = await db
    .selectFrom('image_packages')
    .select('packages')
    .where('digest', '=', digest)
    .executeTakeFirst()
  return row?.packages
}

/** The packages of those of these digests that have been read. */
export async function readPackages(
  db: Db,
  digests: readonly string[],
): Promise<ReadonlyMap<string, ImagePackages>> {
  const rows = await db
    .selectFrom('image_packages')
    .select(['digest', 'packages'])
    .where('digest', 'in', digests)
    .execute()
  return new Map(rows.map(({ digest, packages }) => [digest, packages]))
}
