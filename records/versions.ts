import { type Selectable, sql } from 'kysely'
import type { AttestationKind } from '#contract/attestation.ts'
import type { Published, Verification } from '#contract/build.ts'
import type { PublishRequest } from '#contract/activities.ts'
import type { ChangeVersion } from '#contract/move.ts'
import { wantAttestations } from './attestations.ts'
import { recordAudit } from './audit.ts'
import { hastenWatches, unwatchBases } from './base-watches.ts'
import type { Db, Pool } from './connect.ts'
import { wantFacts } from './image-facts.ts'
import { lockRepository } from './lock-repository.ts'
import { notify } from './notify.ts'
import { releaseQuarantined } from './quarantine.ts'
import type { BuildTable } from './schema.ts'
import type { Scope } from './scope.ts'

/** `removed`: the registry was told to let go of these bytes, by whoever deleted an equal version. */
export type PublishAnswer = 'published' | 'stale' | 'cancelled' | 'removed'

interface PublishTerms {
  /** Host and repository that the image lies in. */
  readonly registry: string
  /** What is to be hung on the version. */
  readonly attestations: readonly AttestationKind[]
}

/**
 * The compare-and-set that moves a name: only the build's current attempt, only once, and never after a cancel was
 * acknowledged. Repeating it gives the first answer again.
 */
export async function publishVersion(
  pool: Pool,
  { buildId, attempt, verification }: PublishRequest,
  published: Published,
  { registry, attestations }: PublishTerms,
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
    await lockRepository(db, build.repository)
    if (await wasRemoved(db, build, published.digest)) return 'removed'
    await storeVerification(db, build, verification)
    const image = await storeImage(db, build, published, registry)
    const version = await storeVersion(db, build, image.id, published)
    const moved = await storeMove(db, build, image, { version, ...published })
    if (moved) await hastenWatches(db, image.id, registry)
    await wantAttestations(db, version, attestations)
    await wantFacts(db, published.digest)
    const repository = registry.slice(registry.indexOf('/') + 1)
    await releaseQuarantined(db, { repository, digest: published.digest })
    const detail = { buildId, attempt, digest: published.digest, moved }
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

/** Whether a version of the same bytes has been removed since the stage began, in which they were read back. */
async function wasRemoved(
  db: Db,
  { id, attempt, repository }: Selectable<BuildTable>,
  digest: string,
): Promise<boolean> {
  const removed = await db
    .selectFrom('deletions')
    .innerJoin('versions', 'versions.id', 'deletions.version_id')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select('deletions.id')
    .where('versions.digest', '=', digest)
    .where('images.repository', '=', repository)
    .where('shared', '=', false)
    .where((where) =>
      where.or([
        where('state', '=', 'removing'),
        where.and([
          where('state', '=', 'done'),
          where('deletions.finished_at', '>=', (select) =>
            select
              .selectFrom('stages')
              .select('started_at')
              .where('build_id', '=', id)
              .where('stages.attempt', '=', attempt)
              .where('stages.stage', '=', 'publishing'),
          ),
        ]),
      ]),
    )
    .limit(1)
    .executeTakeFirst()
  return removed !== undefined
}

interface NamedImage {
  readonly id: number
  readonly current_version_id: number | null
  readonly generation: number
  readonly held_generation: number
}

/** The image of the name, locked. A new one points at nothing yet; one that was deleted begins anew. */
async function storeImage(
  db: Db,
  build: Selectable<BuildTable>,
  { size }: Published,
  registry: string,
): Promise<NamedImage> {
  const again = await db
    .updateTable('images')
    .set({ deleted_at: null, description: build.description, visibility: seenBy(build) })
    .where('repository', '=', build.repository)
    .where('tag', '=', build.tag)
    .where('deleted_at', 'is not', null)
    .returning('id')
    .executeTakeFirst()
  if (again !== undefined) {
    await db.deleteFrom('image_shares').where('image_id', '=', again.id).execute()
    await unwatchBases(db, again.id)
  }
  return db
    .insertInto('images')
    .values({
      name: build.name,
      description: build.description,
      category: 'custom',
      registry,
      repository: build.repository,
      tag: build.tag,
      size,
      visibility: seenBy(build),
      project_id: build.project_id,
    })
    .onConflict((c) => c.columns(['repository', 'tag']).doUpdateSet({ registry }))
    .returning(['id', 'current_version_id', 'generation', 'held_generation'])
    .executeTakeFirstOrThrow()
}

/** Nobody who has not asked for it has an image that every project reads. */
const seenBy = ({ visibility }: Selectable<BuildTable>) => visibility ?? 'project'

async function storeVersion(
  db: Db,
  build: Selectable<BuildTable>,
  imageId: number,
  { digest, size }: Published,
): Promise<number> {
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
  await db.updateTable('builds').set({ digest, size }).where('id', '=', build.id).execute()
  return version.id
}

/**
 * The name goes to the new version, unless somebody has moved it by hand since the build was accepted.
 * @returns whether it went there.
 */
async function storeMove(
  db: Db,
  build: Selectable<BuildTable>,
  image: NamedImage,
  { version, digest, size }: Published & { readonly version: number },
): Promise<boolean> {
  if (build.generation < image.held_generation) return false
  await db
    .insertInto('moves')
    .values({
      image_id: image.id,
      kind: 'publish',
      from_version_id: image.current_version_id,
      to_version_id: version,
      actor: 'farm',
      state: 'moved',
      // The build itself writes the tag and does not end before.
      tagged: true,
      finished_at: sql<Date>`now()`,
    })
    .execute()
  await db
    .updateTable('images')
    .set({ digest, size, current_version_id: version, generation: image.generation + 1 })
    .where('id', '=', image.id)
    .execute()
  return true
}

/** The version that a build made. */
export async function findVersion(db: Db, buildId: string) {
  return db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select(['versions.number', 'versions.image_id as imageId', 'images.repository', 'images.tag'])
    .where('versions.build_id', '=', buildId)
    .executeTakeFirst()
}

/** One that is in the registry, whichever; `undefined` when there is none. */
export async function findAnyVersion(db: Db) {
  return db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select(['versions.digest', 'images.repository'])
    .where('versions.deleted_at', 'is', null)
    .orderBy('versions.id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export interface NameTarget {
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

/** What a name points at now; `undefined` when it points at nothing. */
export async function findName(db: Db, imageId: number): Promise<NameTarget | undefined> {
  const image = await db
    .selectFrom('images')
    .select(['repository', 'tag', 'digest'])
    .where('id', '=', imageId)
    .executeTakeFirst()
  return image?.digest == null ? undefined : { ...image, digest: image.digest }
}

export async function findVersionById(db: Db, id: number) {
  return db
    .selectFrom('versions')
    .select(['number', 'digest'])
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function findVersionNumbered(db: Db, imageId: number, number: number) {
  return db
    .selectFrom('versions')
    .select(['id', 'number', 'digest', 'size', 'build_id', 'deleted_at'])
    .where('image_id', '=', imageId)
    .where('number', '=', number)
    .executeTakeFirst()
}

/** Pins a version, or says why it should not be used any more. @returns false when there is none, or it is deleted. */
export async function noteVersion(
  { farm, actor }: Scope,
  image: { readonly id: number; readonly name: string },
  number: number,
  { pinned, deprecated }: ChangeVersion,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const changed = await db
      .updateTable('versions')
      .set({
        ...(pinned !== undefined && { pinned }),
        ...(deprecated !== undefined && { deprecated }),
      })
      .where('image_id', '=', image.id)
      .where('number', '=', number)
      .where('deleted_at', 'is', null)
      .returning('digest')
      .executeTakeFirst()
    if (changed === undefined) return false
    const detail = { version: number, digest: changed.digest, pinned, deprecated }
    await recordAudit(db, { actor, action: 'version.note', object: image.name, detail })
    return true
  })
}
