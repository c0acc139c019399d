import { sql } from 'kysely'
import type { BuildOptions } from '#contract/build.ts'
import type { BuildSources } from '#contract/context.ts'
import type { PackageLists } from '#contract/packages.ts'
import type { Visibility } from '#contract/visibility.ts'
import { recordAudit } from './audit.ts'
import { storeBuildPackages } from './build-packages.ts'
import type { Db, Pool } from './connect.ts'
import { lockRepository } from './lock-repository.ts'
import { notify } from './notify.ts'
import { findNewMoves, type Rebuild, storeRebuild } from './rebuilds.ts'
import { openAllowance, takeBuild } from './quotas.ts'
import { lockSaved, type NewSave, storeSave } from './saves.ts'
import { lockSecrets, useSecrets } from './secrets.ts'
import { lockRepeat, type RepeatKey, storeMade } from './repeat-keys.ts'

export interface NewBuild {
  readonly id: string
  readonly projectId: number
  readonly name: string
  readonly repository: string
  readonly tag: string
  readonly description: string
  /** Of the image, where this build makes it. */
  readonly visibility?: Visibility | undefined
  readonly baseImage: string | null
  readonly dockerfile: string
  readonly options: BuildOptions
  /** Names of the secrets that it uses. */
  readonly secrets: readonly string[]
  readonly context: string | null
  readonly sources: BuildSources
  /** The lists that the Dockerfile was made from. */
  readonly packages?: PackageLists | undefined
  /** What it saves instead of building. */
  readonly save?: NewSave | undefined
  /** Who submits it. */
  readonly actor: string
  /** Name of the user that is, whose turns it takes; absent for nobody by name. */
  readonly user?: string | undefined
  /** By the farm's own Dockerfile: nobody else builds an official image. */
  readonly mayBeOfficial?: true
  /** Absent for a build that somebody asked for. */
  readonly rebuild?: Rebuild
  /** Of the request that asks for it, where that may be sent again. */
  readonly repeat?: RepeatKey | undefined
}

/** `known`: it was built again for all of these bases before. `environment_gone`: what was to be saved is no more. */
export type AcceptAnswer =
  | 'accepted'
  | 'official'
  | 'in_flight'
  | 'taken'
  | 'secret_gone'
  | 'deleting'
  | 'known'
  | 'environment_gone'

/**
 * Accepts a build: its row, its outbox entry and its audit row in one transaction. Nothing is stored when a build of
 * the same name is running, when the name is that of an official image, when the repository belongs to another project,
 * when a secret does not exist, or while the image is being deleted. The build keeps the values that its secrets have now,
 * and the name as the library spells it.
 * @throws QuotaExceeded when the project has too much of something, MadeBefore and KeyReused for a repeated request.
 */
export async function acceptBuild(pool: Pool, build: NewBuild): Promise<AcceptAnswer> {
  return pool.transaction().execute(async (db) => {
    await lockRepeat(db, build.repeat)
    const answer = await storeBuild(db, build)
    if (answer === 'accepted') await storeMade(db, build.repeat, build.id)
    return answer
  })
}

async function storeBuild(db: Db, build: NewBuild): Promise<AcceptAnswer> {
  const { id, repository, tag, description, baseImage, dockerfile, options, actor } = build
  await lockRepository(db, repository)
  const known = await findKnown(db, build)
  const name = known?.name ?? build.name
  const problem = await findProblem(db, build, known?.is_official === true)
  if (problem !== undefined) return problem
  const moved = build.rebuild && (await findNewMoves(db, build.rebuild))
  if (moved?.length === 0) return 'known'
  const secrets = await lockSecrets(db, build.projectId, build.secrets)
  if (secrets.length < build.secrets.length) return 'secret_gone'
  const node = build.save && (await lockSaved(db, build.save))
  if (build.save !== undefined && node === undefined) return 'environment_gone'
  await takeBuild(await openAllowance(db, build.projectId), known !== undefined)
  const inserted = await db
    .insertInto('builds')
    .values({
      id,
      project_id: build.projectId,
      submitted_by: build.user ?? '',
      name,
      repository,
      tag,
      description,
      visibility: build.visibility ?? null,
      base_image: baseImage,
      dockerfile,
      options: JSON.stringify(options),
      context: build.context,
      sources: JSON.stringify(build.sources),
      status: 'building',
      stage: 'queued',
      priority: build.rebuild === undefined ? 'interactive' : 'scheduled',
      // A rollback that was asked for before counts as made.
      generation: sql<number>`coalesce((
        select generation + (select count(*) from moves where image_id = images.id and state = 'pending')
        from images where repository = ${repository} and tag = ${tag}), 0)`,
      gpu_policy: sql<string>`(select gpu_policy from projects where id = ${build.projectId})`,
      scan_policy: sql<string>`(select scan_policy from projects where id = ${build.projectId})`,
      needs_gpu: sql<boolean>`${gpuVersion(db, build)} is not null`,
      gpu_digest: gpuVersion(db, build),
      wanted_node: node ?? null,
    })
    .onConflict((c) =>
      c.columns(['repository', 'tag']).where('status', '=', 'building').doNothing(),
    )
    .returning('id')
    .executeTakeFirst()
  if (inserted === undefined) return 'in_flight'
  await useSecrets(db, id, secrets)
  await storeParts(db, build)
  await db.insertInto('outbox').values({ build_id: id, action: 'start' }).execute()
  if (build.rebuild && moved) await storeRebuild(db, id, build.rebuild.imageId, moved)
  const detail = { name, moved, environment: build.save?.environmentId }
  await recordAudit(db, { actor, action: 'build.submit', object: id, detail })
  await notify(db, 'kiln_outbox')
  return 'accepted'
}

/** What only some builds have. */
export async function storeParts(db: Db, build: NewBuild): Promise<void> {
  if (build.packages !== undefined) await storeBuildPackages(db, build.id, build.packages)
  if (build.save !== undefined) await storeSave(db, build.id, build.save)
  await storeUploads(db, build)
}

/** What stands in the way of the name. */
async function findProblem(db: Db, build: NewBuild, isOfficial: boolean) {
  if (isOfficial && build.mayBeOfficial !== true) return 'official'
  if (await isTaken(db, build)) return 'taken'
  return (await isDeleting(db, build)) ? 'deleting' : undefined
}

/** The image that the library has of this name. */
async function findKnown(db: Db, { repository, tag }: NewBuild) {
  return db
    .selectFrom('images')
    .select(['name', 'is_official'])
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
}

/** The digest that the name of the build has now, if that was verified as an image for GPUs: the next one is likely one too. */
function gpuVersion(db: Db, { repository, tag }: NewBuild) {
  return db
    .selectFrom('images')
    .innerJoin('versions', 'versions.id', 'images.current_version_id')
    .innerJoin('verifications', (join) =>
      join
        .onRef('verifications.build_id', '=', 'versions.build_id')
        .onRef('verifications.digest', '=', 'versions.digest'),
    )
    .select('versions.digest')
    .where('images.repository', '=', repository)
    .where('images.tag', '=', tag)
    .where('verifications.verdict', '=', 'gpu')
    .limit(1)
}

/** Which uploads the build needs, so that they are kept as long as it runs and given to its node. */
async function storeUploads(db: Db, { id, context, sources }: NewBuild): Promise<void> {
  const named = Object.values(sources.named).flatMap((one) => ('upload' in one ? one.upload : []))
  const digests = new Set(context === null ? named : [context, ...named])
  if (digests.size === 0) return
  const rows = Array.from(digests, (digest) => ({ build_id: id, digest }))
  await db.insertInto('build_contexts').values(rows).execute()
}

/**
 * A repository is one project's for good, whatever its tags: who may read a repository may read every digest in it.
 * It is locked until the build is stored, so that two projects never take a new repository at once.
 */
async function isTaken(db: Db, { repository, projectId }: NewBuild): Promise<boolean> {
  const images = db
    .selectFrom('images')
    .select('project_id')
    .where('repository', '=', repository)
    .where('project_id', '<>', projectId)
  const running = db
    .selectFrom('builds')
    .select('project_id')
    .where('repository', '=', repository)
    .where('status', '=', 'building')
    .where('project_id', '<>', projectId)
  return (await images.union(running).executeTakeFirst()) !== undefined
}

async function isDeleting(db: Db, { repository, tag }: NewBuild): Promise<boolean> {
  const open = await db
    .selectFrom('deletions')
    .innerJoin('images', 'images.id', 'deletions.image_id')
    .select('deletions.id')
    .where('images.repository', '=', repository)
    .where('images.tag', '=', tag)
    .where('whole_image', '=', true)
    .where('state', 'in', ['pending', 'removing'])
    .limit(1)
    .executeTakeFirst()
  return open !== undefined
}
