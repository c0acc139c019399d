import { type Selectable, sql } from 'kysely'
import type { Published, Verification } from '#contract/build.ts'
import type { PublishRequest } from '#contract/activities.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { wantFacts } from './image-facts.ts'
import { notify } from './notify.ts'
import type { BuildTable } from './schema.ts'

export type PublishAnswer = 'published' | 'stale' | 'cancelled'

/**
 * The compare-and-set that moves a name: only the build's current attempt, only once, and never after a cancel was
 * acknowledged. Repeating it gives the first answer again.
 */
export async function publishVersion(
  pool: Pool,
  { buildId, attempt, verification }: PublishRequest,
  published: Published,
  registry: string,
): Promise<PublishAnswer> {
  return pool.transaction().execute(async (db) => {
    const build = await db
      .selectFrom('builds')
      .selectAll()
      .where('id', '=', buildId)
      .forUpdate()
      .executeTakeFirstOrThrow()
    if (build.digest === published.digest) return 'published'
    if (build.status !== 'building' || build.attempt !== attempt) return 'stale'
    if (build.cancel_requested_at !== null) return 'cancelled'
    await storeVerification(db, build, verification)
    const imageId = await storeImage(db, build, published, registry)
    await storeVersion(db, build, imageId, published)
    await wantFacts(db, published.digest)
    const detail = { buildId, attempt, digest: published.digest }
    await recordAudit(db, { actor: 'farm', action: 'image.publish', object: build.name, detail })
    await notify(db, 'kiln_build', buildId)
    return 'published'
  })
}

async function storeVerification(
  db: Db,
  build: Selectable<BuildTable>,
  verification: Verification,
): Promise<void> {
  const { digest, verdict, evidence, ...detail } = verification
  await db
    .insertInto('verifications')
    .values({
      build_id: build.id,
      attempt: build.attempt,
      digest,
      node_id: build.node_id ?? '',
      verdict,
      evidence,
      detail: JSON.stringify(detail),
    })
    .execute()
}

async function storeImage(
  db: Db,
  build: Selectable<BuildTable>,
  { digest, size }: Published,
  registry: string,
): Promise<number> {
  const { id } = await db
    .insertInto('images')
    .values({
      name: build.name,
      description: build.description,
      category: 'custom',
      registry,
      repository: build.repository,
      tag: build.tag,
      digest,
      size,
      visibility: 'project',
      project_id: build.project_id,
    })
    .onConflict((c) => c.columns(['repository', 'tag']).doUpdateSet({ registry, digest, size }))
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

async function storeVersion(
  db: Db,
  build: Selectable<BuildTable>,
  imageId: number,
  { digest, size }: Published,
): Promise<void> {
  const version = await db
    .insertInto('versions')
    .values({
      image_id: imageId,
      number: sql<number>`(select coalesce(max(number), 0) + 1 from versions where image_id = ${imageId})`,
      build_id: build.id,
      digest,
      size,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .updateTable('images')
    .set({ current_version_id: version.id })
    .where('id', '=', imageId)
    .execute()
  await db.updateTable('builds').set({ digest, size }).where('id', '=', build.id).execute()
}

/** The version that a build made, with whether its name still points at it. */
export async function findVersion(db: Db, buildId: string) {
  return db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select(['versions.number', 'images.repository', 'images.tag'])
    .select((select) =>
      select('images.current_version_id', '=', select.ref('versions.id'))
        .$castTo<boolean>()
        .as('current'),
    )
    .where('versions.build_id', '=', buildId)
    .executeTakeFirst()
}
