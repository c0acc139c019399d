import type { Selectable } from 'kysely'
import { sql } from 'kysely'
import type { BuildOptions, PinnedBase } from '#contract/build.ts'
import type { BuildSources } from '#contract/context.ts'
import type { BuildEnd } from '#contract/activities.ts'
import type { PackageLists } from '#contract/packages.ts'
import type { ScanState } from '#contract/scan.ts'
import type { WaitReason } from '#contract/wait-reason.ts'
import { recordAudit } from './audit.ts'
import { storeBuildPackages } from './build-packages.ts'
import type { Db, Pool } from './connect.ts'
import { endJoined, isWaitedFor, lockLeader } from './joined-builds.ts'
import { lockLiving } from './living-references.ts'
import { lockRepository } from './lock-repository.ts'
import { releaseBuild } from './gpu-leases.ts'
import { notify } from './notify.ts'
import { findNewMoves, type Rebuild, storeRebuild } from './rebuilds.ts'
import { openAllowance, takeBuild } from './quotas.ts'
import { lockSaved, type NewSave, storeSave } from './saves.ts'
import { lockSecrets, useSecrets } from './secrets.ts'
import { lockRepeat, type RepeatKey, storeMade } from './repeat-keys.ts'
import type { BuildTable } from './schema.ts'
import { inScope, type Scope } from './scope.ts'
import { waitReason } from './waits.ts'

/** A build with the name of its project, why it waits for a node, and why its attempt waits for a GPU, if it does. */
export type BuildRow = Selectable<BuildTable> & {
  readonly project: string
  readonly wait_reason: WaitReason | null
  readonly gpu_reason: string | null
  /** Of its attempt; `null` when the registry's scanner has not been asked. */
  readonly scan_state: ScanState | null
  /** Why it may not push yet; `null` when it may, or has not asked. */
  readonly push_reason: string | null
}

export interface NewBuild {
  readonly id: string
  readonly projectId: number
  readonly name: string
  readonly repository: string
  readonly tag: string
  readonly description: string
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
  /** Absent for a build that somebody asked for. */
  readonly rebuild?: Rebuild
  /** Of the request that asks for it, where that may be sent again. */
  readonly repeat?: RepeatKey | undefined
}

/** `known`: it was built again for all of these bases before. `environment_gone`: what was to be saved is no more. */
export type AcceptAnswer =
  | 'accepted'
  | 'in_flight'
  | 'taken'
  | 'secret_gone'
  | 'deleting'
  | 'known'
  | 'environment_gone'

/**
 * Accepts a build: its row, its outbox entry and its audit row in one transaction. Nothing is stored when a build of
 * the same name is running, when the repository belongs to another project, when a secret does not exist, or while the
 * image is being deleted. The build keeps the values that its secrets have now.
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
  const { id, name, repository, tag, description, baseImage, dockerfile, options, actor } = build
  if (!(await claimRepository(db, build))) return 'taken'
  if (await isDeleting(db, build)) return 'deleting'
  const moved = build.rebuild && (await findNewMoves(db, build.rebuild))
  if (moved?.length === 0) return 'known'
  const secrets = await lockSecrets(db, build.projectId, build.secrets)
  if (secrets.length < build.secrets.length) return 'secret_gone'
  const node = build.save && (await lockSaved(db, build.save))
  if (build.save !== undefined && node === undefined) return 'environment_gone'
  await requireRoom(db, build)
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
  if (build.packages !== undefined) await storeBuildPackages(db, id, build.packages)
  if (build.save !== undefined) await storeSave(db, id, build.save)
  await storeUploads(db, build)
  await db.insertInto('outbox').values({ build_id: id, action: 'start' }).execute()
  if (build.rebuild && moved) await storeRebuild(db, id, build.rebuild.imageId, moved)
  await recordAudit(db, {
    actor,
    action: 'build.submit',
    object: id,
    detail: { name, moved, environment: build.save?.environmentId },
  })
  await notify(db, 'kiln_outbox')
  return 'accepted'
}

async function requireRoom(db: Db, { projectId, repository, tag }: NewBuild): Promise<void> {
  const known = await db
    .selectFrom('images')
    .select('id')
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .where('deleted_at', 'is', null)
    .executeTakeFirst()
  await takeBuild(await openAllowance(db, projectId), known !== undefined)
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
export async function storeUploads(db: Db, { id, context, sources }: NewBuild): Promise<void> {
  const named = Object.values(sources.named).flatMap((one) => ('upload' in one ? one.upload : []))
  const digests = new Set(context === null ? named : [context, ...named])
  if (digests.size === 0) return
  const rows = Array.from(digests, (digest) => ({ build_id: id, digest }))
  await db.insertInto('build_contexts').values(rows).execute()
}

/**
 * A repository is one project's for good, whatever its tags: who may read a repository may read every digest in it.
 * The lock lasts until the build is stored, so that two projects never take a new repository at once.
 */
async function claimRepository(db: Db, { repository, projectId }: NewBuild): Promise<boolean> {
  await lockRepository(db, repository)
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
  return (await images.union(running).executeTakeFirst()) === undefined
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

/** @returns undefined also when the caller does not see it. */
export async function findSeenBuild(scope: Scope, id: string): Promise<BuildRow | undefined> {
  return selectBuilds(scope.db)
    .where('builds.id', '=', id)
    .where(inScope(scope, 'builds.project_id'))
    .executeTakeFirst()
}

/** Those of these builds that the caller sees. */
export async function findSeenBuilds(
  scope: Scope,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const rows = await scope.db
    .selectFrom('builds')
    .select('id')
    .where('id', 'in', ids)
    .where(inScope(scope, 'builds.project_id'))
    .execute()
  return new Set(rows.map(({ id }) => id))
}

export async function findBuild(db: Db, id: string): Promise<BuildRow | undefined> {
  return selectBuilds(db).where('builds.id', '=', id).executeTakeFirst()
}

export function selectBuilds(db: Db) {
  return db
    .selectFrom('builds')
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .leftJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'builds.id')
        .onRef('attempts.number', '=', 'builds.attempt'),
    )
    .leftJoin('scans', (join) =>
      join.onRef('scans.build_id', '=', 'builds.id').onRef('scans.attempt', '=', 'builds.attempt'),
    )
    .leftJoin('pushes', (join) =>
      join
        .onRef('pushes.build_id', '=', 'builds.id')
        .onRef('pushes.attempt', '=', 'builds.attempt'),
    )
    .selectAll('builds')
    .select(['projects.name as project', 'attempts.gpu_reason'])
    .select(['scans.state as scan_state', 'pushes.reason as push_reason'])
    .select(waitReason.as('wait_reason'))
}

/**
 * Notes what the files of a build come from.
 * @returns the images among them that are being deleted; nothing is noted when there are any.
 */
export async function storeSources(
  pool: Pool,
  id: string,
  sources: BuildSources,
): Promise<readonly string[]> {
  const images = Object.values(sources.named).flatMap((one) =>
    'image' in one && one.pinned !== undefined ? [one.pinned] : [],
  )
  return pool.transaction().execute(async (db) => {
    const gone = await lockLiving(db, images)
    if (gone.length > 0) return gone
    const json = JSON.stringify(sources)
    await db.updateTable('builds').set({ sources: json }).where('id', '=', id).execute()
    return []
  })
}

/** Notes the bases of a build likewise. */
export async function storeBases(
  pool: Pool,
  id: string,
  bases: readonly PinnedBase[],
): Promise<readonly string[]> {
  return pool.transaction().execute(async (db) => {
    const gone = await lockLiving(
      db,
      bases.map(({ pinned }) => pinned),
    )
    if (gone.length > 0) return gone
    const json = JSON.stringify(bases)
    await db.updateTable('builds').set({ bases: json }).where('id', '=', id).execute()
    return []
  })
}

/**
 * Up to `limit` running builds after `after`, by id, that were handed to Temporal at least `forMs` ago.
 */
export async function readStarted(
  db: Db,
  {
    after,
    forMs,
    limit,
  }: { readonly after: string; readonly forMs: number; readonly limit: number },
): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('status', '=', 'building')
    .where('id', '>', after)
    .where('created_at', '<', sql<Date>`now() - ${forMs} * interval '1 millisecond'`)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox')
            .select('outbox.id')
            .whereRef('outbox.build_id', '=', 'builds.id'),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

export type CancelAnswer = 'requested' | 'final' | 'published' | 'unknown'

/**
 * Asks for the end of a build. Once the name has been moved it is too late: the answer is `published`. One that others wait
 * for goes on until they have what they wait for, or are cancelled too.
 */
export async function requestCancel(pool: Pool, id: string, actor: string): Promise<CancelAnswer> {
  return pool.transaction().execute(async (db) => {
    const leader = await lockLeader(db, id)
    const build = await db
      .selectFrom('builds')
      .select(['status', 'stage', 'digest', 'cancel_requested_at'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (build === undefined) return 'unknown'
    if (build.status !== 'building') return 'final'
    if (build.digest !== null) return 'published'
    if (build.cancel_requested_at !== null) return 'requested'
    await db
      .updateTable('builds')
      .set({ cancel_requested_at: sql<Date>`now()`, waiting_since: null })
      .where('id', '=', id)
      .execute()
    const goesOn = build.stage === 'building' && (await isWaitedFor(db, id))
    const isLast = leader?.isCancelled === true && !(await isWaitedFor(db, leader.id))
    const stopped = [...(goesOn ? [] : [id]), ...(isLast ? [leader.id] : [])]
    if (stopped.length > 0) {
      const rows = stopped.map((one) => ({ build_id: one, action: 'cancel' as const }))
      await db.insertInto('outbox').values(rows).execute()
    }
    await recordAudit(db, { actor, action: 'build.cancel', object: id })
    await notify(db, 'kiln_outbox')
    return 'requested'
  })
}

/** Gives the build its one final status. A build that has one keeps it. */
export async function finishBuild(pool: Pool, end: BuildEnd): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const { buildId, status, failure } = end
    const finished = await db
      .updateTable('builds')
      .set({
        status,
        stage: status,
        failure: failure === undefined ? null : JSON.stringify(failure),
        finished_at: sql<Date>`now()`,
        waiting_since: null,
      })
      .where('id', '=', buildId)
      .where('status', '=', 'building')
      .returning('id')
      .executeTakeFirst()
    if (finished === undefined) return
    for (const table of ['attempts', 'stages'] as const) {
      await db
        .updateTable(table)
        .set({ finished_at: sql<Date>`now()` })
        .where('build_id', '=', buildId)
        .where('finished_at', 'is', null)
        .execute()
    }
    await releaseBuild(db, buildId)
    await endJoined(db, end)
    const detail = { status, code: failure?.code }
    await recordAudit(db, { actor: 'farm', action: 'build.finish', object: buildId, detail })
    await notify(db, 'kiln_build', buildId)
    await notify(db, 'kiln_placement')
    // What stands beside the builds begins when this one no longer waits: it would take the processor from its last steps.
    if (status === 'succeeded') await notify(db, 'kiln_facts')
  })
}
