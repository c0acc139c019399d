import type { PackageLists } from '#contract/packages.ts'
import type { Db } from './connect.ts'

/** Keeps the lists that the Dockerfile of a build was made from. */
export async function storeBuildPackages(
  db: Db,
  buildId: string,
  packages: PackageLists,
): Promise<void> {
  const row = { build_id: buildId, packages: JSON.stringify(packages) }
  await db.insertInto('build_packages').values(row).execute()
}

/** `null` for a build that was submitted with a Dockerfile. */
export async function findBuildPackages(db: Db, buildId: string): Promise<PackageLists | null> {
  const row = await db
    .selectFrom('build_packages')
    .select('packages')
    .where('build_id', '=', buildId)
    .executeTakeFirst()
  return row?.packages ?? null
}
