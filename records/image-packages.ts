import { sql } from 'kysely'
import type { ImagePackages, PackagesReader } from '#contract/image-packages.ts'
import type { FactsUpload } from '#contract/verification.ts'
import type { Db } from './connect.ts'

export interface FoundPackages {
  readonly packages: ImagePackages
  readonly readBy: PackagesReader
}

/** Keeps the packages of an image: what the worker has read replaces all, what a node tells replaces nothing. */
export async function storePackages(
  db: Db,
  digest: string,
  { packages, readBy, analysis }: FoundPackages & { readonly analysis: number },
): Promise<void> {
  const row = { packages: JSON.stringify(packages), read_by: readBy, analysis }
  await db
    .insertInto('image_packages')
    .values({ digest, ...row })
    .onConflict((c) =>
      readBy === 'worker' ? c.column('digest').doUpdateSet(row) : c.column('digest').doNothing(),
    )
    .execute()
}

/**
 * Forgets the packages that a node has told of an image when another one says something else of it by the same analysis:
 * what has no packages is read by the worker, facts and all.
 */
export async function doubtPackages(
  db: Db,
  { digest, analysis, facts, packages }: FactsUpload,
): Promise<void> {
  const others = packages === undefined ? null : JSON.stringify(packages)
  await db
    .deleteFrom('image_packages')
    .using('image_facts')
    .whereRef('image_facts.digest', '=', 'image_packages.digest')
    .where('image_packages.digest', '=', digest)
    .where('image_packages.read_by', '=', 'node')
    .where('image_packages.analysis', '=', analysis)
    .where('image_facts.analysis', '=', analysis)
    // One that could not be read is not read again by the same analysis.
    .where('image_facts.problem', 'is', null)
    .where(
      sql<boolean>`(image_facts.facts <> ${JSON.stringify(facts)}::jsonb
        or image_packages.packages::jsonb <> ${others}::jsonb)`,
    )
    .execute()
}

/** The packages of an image; `undefined` while nobody has looked for them. */
export async function findPackages(db: Db, digest: string): Promise<FoundPackages | undefined> {
  return db
    .selectFrom('image_packages')
    .select(['packages', 'read_by as readBy'])
    .where('digest', '=', digest)
    .executeTakeFirst()
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
