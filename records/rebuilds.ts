import { sql } from 'kysely'
import type { MovedBase } from '#contract/rebuild.ts'
import type { Db } from './connect.ts'

/** A build that nobody asked for: bases of its image have moved. */
export interface Rebuild {
  readonly imageId: number
  readonly moved: readonly MovedBase[]
}

/** Those of the moves that the image has not been built again for. */
export async function findNewMoves(
  db: Db,
  { imageId, moved }: Rebuild,
): Promise<readonly MovedBase[]> {
  const known = await db
    .selectFrom('rebuilds')
    .select(['reference', 'from_digest', 'to_digest'])
    .where('image_id', '=', imageId)
    .where(
      'to_digest',
      'in',
      moved.map(({ to }) => to),
    )
    .execute()
  return moved.filter(({ reference, from, to }) =>
    known.every(
      (one) => one.reference !== reference || one.from_digest !== from || one.to_digest !== to,
    ),
  )
}

/** Notes for which moves a build was made, so that there is never a second one for them. Part of its acceptance. */
export async function storeRebuild(
  db: Db,
  buildId: string,
  imageId: number,
  moved: readonly MovedBase[],
): Promise<void> {
  const rows = moved.map(({ reference, from, to }) => ({
    image_id: imageId,
    reference,
    from_digest: from,
    to_digest: to,
    build_id: buildId,
  }))
  await db.insertInto('rebuilds').values(rows).execute()
}

/** The moves that a build was made for; none when somebody asked for it. */
export async function readMovedBases(db: Db, buildId: string): Promise<readonly MovedBase[]> {
  return db
    .selectFrom('rebuilds')
    .select(['reference', 'from_digest as from', 'to_digest as to'])
    .where('build_id', '=', buildId)
    .orderBy('reference')
    .execute()
}

interface RebuildQuery {
  readonly imageId: number
  /** Only builds that were made after it. */
  readonly since: Date
  readonly limit: number
  readonly restMs: number
}

/**
 * How the last builds ended that were made of an image because of its bases, the newest first, and whether one was made
 * within `restMs`.
 */
export async function readRebuilds(db: Db, { imageId, since, limit, restMs }: RebuildQuery) {
  const rows = await db
    .selectFrom('rebuilds')
    .innerJoin('builds', 'builds.id', 'rebuilds.build_id')
    .select(['builds.id', 'builds.status'])
    .select(
      sql<boolean>`builds.created_at > now() - ${restMs} * interval '1 millisecond'`.as('isRecent'),
    )
    .where('image_id', '=', imageId)
    .where('builds.created_at', '>=', since)
    .groupBy('builds.id')
    .orderBy('builds.id', 'desc')
    .limit(limit)
    .execute()
  return { ends: rows.map(({ status }) => status), isResting: rows[0]?.isRecent === true }
}

/** How many builds that nobody waits for have not ended. */
export async function countScheduled(db: Db): Promise<number> {
  const { running } = await db
    .selectFrom('builds')
    .select(({ fn }) => fn.countAll<number>().as('running'))
    .where('priority', '=', 'scheduled')
    .where('status', '=', 'building')
    .executeTakeFirstOrThrow()
  return running
}

/** The image with what its name was built from; `undefined` when it points at nothing. */
export async function findRecipe(db: Db, imageId: number) {
  return db
    .selectFrom('images')
    .innerJoin('versions', 'versions.id', 'images.current_version_id')
    .innerJoin('builds', 'builds.id', 'versions.build_id')
    .leftJoin('build_packages', 'build_packages.build_id', 'builds.id')
    .select(['images.id as imageId', 'images.name', 'images.repository', 'images.tag'])
    .select(['images.description', 'images.project_id as projectId'])
    .select(['builds.base_image', 'builds.dockerfile', 'builds.options', 'builds.context'])
    .select(['builds.sources', 'builds.bases', 'build_packages.packages'])
    .where('images.id', '=', imageId)
    .where('images.deleted_at', 'is', null)
    .executeTakeFirst()
}

export type Recipe = NonNullable<Awaited<ReturnType<typeof findRecipe>>>
