import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import { defaultGpuPolicy } from '#contract/gpu-policy.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { release } from './gpu-leases.ts'
import { readFacts } from './image-facts.ts'
import { type NodeGpu, readFleetGpus } from './node-gpus.ts'
import { notify } from './notify.ts'
import { isGpuRefusal, readRefused, type RefusedGpu, refuseGpus } from './refused-gpus.ts'

export interface WaitingBuild {
  readonly id: string
  /** Absent when any will do. */
  readonly platform: string | null
  /** What is known of the GPU that it needs; absent when it is not known to need one. */
  readonly gpu?: GpuNeed
}

export interface GpuNeed {
  readonly facts: ImageFacts | undefined
  /** What it is not to be given again. */
  readonly refused: readonly RefusedGpu[]
  /** Whether it has waited for a node as long as its policy lets it wait for a GPU. */
  readonly waited: boolean
}

export interface KnownNode {
  readonly id: string
  readonly name: string
  readonly incarnation: string
  readonly slots: number
  /** Attempts that are placed on the node and have not ended. */
  readonly busy: number
  /** Whether it has answered within its lease. */
  readonly ready: boolean
  /** Why it takes no builds until its disk has room again, in words; `null` while it has. */
  readonly diskLow: string | null
  /** Why an operator lets it take no builds, in words; `null` when it may. */
  readonly drained: string | null
  /** Such as `linux/amd64`. */
  readonly platforms: readonly string[]
  /** Those in good health; read only when a build needs one. */
  readonly gpus: readonly NodeGpu[]
}

export interface Placement {
  readonly buildId: string
  readonly node: KnownNode
  /** Whether it goes without a GPU because it has waited for one long enough. */
  readonly gpuWaited?: boolean
  /** Why this node, in words, for people. */
  readonly reason: string
}

export interface PlacedAttempt extends AttemptRef {
  readonly nodeId: string
}

export interface PlacementRules {
  /** Is given builds that wait, and the nodes that are ready and have room on their disks. */
  readonly choose: (
    waiting: readonly WaitingBuild[],
    nodes: readonly KnownNode[],
  ) => readonly Placement[]
  /** Why builds for this platform wait, in words, for people. */
  readonly explain: (
    waiting: Pick<WaitingBuild, 'platform' | 'gpu'>,
    nodes: readonly KnownNode[],
  ) => string
}

const batch = 100

/** Key of the lock that lets one placer work at a time: two would count on the same free slot. */
const placementLock = 7_164_001

/**
 * Assigns waiting builds in one transaction, those first that somebody waits for, of these the oldest, after whoever else does so has committed. The rows are locked.
 * Builds for platforms without a free node are passed over, so that they hold up no others, and those that need a GPU are
 * read apart from the rest for the same reason. All are told why they wait.
 */
export async function placeWaiting(
  pool: Pool,
  { choose, explain }: PlacementRules,
): Promise<readonly PlacedAttempt[]> {
  return pool.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(${placementLock})`.execute(db)
    const wanted = await readWantedPlatforms(db)
    if (wanted.length === 0) return []
    const nodes = await readKnownNodes(
      db,
      wanted.some(({ needsGpu }) => needsGpu),
    )
    const able = nodes.filter(isOpenForBuilds)
    const free = able.filter(({ busy, slots }) => busy < slots)
    const isOpen = (platform: string | null) =>
      free.some(({ platforms }) => platform === null || platforms.includes(platform))
    const waiting = await lockWaiting(
      db,
      wanted.filter(({ platform }) => isOpen(platform)),
    )
    const placed: PlacedAttempt[] = []
    for (const placement of choose(waiting, able)) placed.push(await place(db, placement))
    for (const { platform } of wanted) {
      if (!isOpen(platform)) await tellWaiting(db, platform, explain({ platform }, nodes))
    }
    const left = waiting.filter(({ id }) => placed.every(({ buildId }) => buildId !== id))
    for (const build of left) {
      if (build.gpu !== undefined) await tellBuild(db, build.id, explain(build, nodes))
    }
    return placed
  })
}

function isOpenForBuilds({ ready, diskLow, drained }: KnownNode): boolean {
  return ready && diskLow === null && drained === null
}

/** A policy without a wait has none; a build without a policy has the usual one. */
const waitedForGpu = sql<boolean>`waiting_since <= now() - interval '1 second' *
  case when gpu_policy is null then ${defaultGpuPolicy.wait_seconds}::int
  else coalesce((gpu_policy->>'wait_seconds')::int, 0) end`

/** Nobody waits for it. */
const isScheduled = sql<boolean>`(priority = 'scheduled')`

const platformOf = sql<string | null>`options->>'platform'`

interface Wanted {
  readonly platform: string | null
  readonly needsGpu: boolean
}

async function readWantedPlatforms(db: Db): Promise<readonly Wanted[]> {
  return selectWaiting(db)
    .select([platformOf.as('platform'), sql<boolean>`bool_or(needs_gpu)`.as('needsGpu')])
    .groupBy(platformOf)
    .limit(batch)
    .execute()
}

async function lockWaiting(db: Db, wanted: readonly Wanted[]): Promise<readonly WaitingBuild[]> {
  const platforms = wanted.map(({ platform }) => platform)
  const plain = await lockBatch(db, platforms, false)
  if (wanted.every(({ needsGpu }) => !needsGpu)) return plain
  const picky = await lockBatch(db, platforms, true)
  const needs = await readGpuNeeds(db, picky)
  return [...plain, ...picky]
    .toSorted(
      (a, b) =>
        Number(a.isScheduled) - Number(b.isScheduled) ||
        Number(a.waiting_since) - Number(b.waiting_since),
    )
    .map(({ id, platform }) => {
      const gpu = needs.get(id)
      return { id, platform, ...(gpu && { gpu }) }
    })
}

async function lockBatch(db: Db, platforms: readonly (string | null)[], needsGpu: boolean) {
  const named = platforms.filter((platform) => platform !== null)
  return selectWaiting(db)
    .select(['id', platformOf.as('platform'), 'waiting_since', 'gpu_digest'])
    .select([waitedForGpu.as('waited'), isScheduled.as('isScheduled')])
    .where('needs_gpu', '=', needsGpu)
    .where((where) =>
      where.or([
        ...(platforms.includes(null) ? [where(platformOf, 'is', null)] : []),
        ...(named.length > 0 ? [where(platformOf, 'in', named)] : []),
      ]),
    )
    .orderBy(isScheduled)
    .orderBy('waiting_since')
    .limit(batch)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** What is known of the GPU that each of these builds needs. */
async function readGpuNeeds(
  db: Db,
  builds: readonly {
    readonly id: string
    readonly gpu_digest: string | null
    readonly waited: boolean
  }[],
): Promise<ReadonlyMap<string, GpuNeed>> {
  const refused = await readRefused(
    db,
    builds.map(({ id }) => id),
  )
  const digests = new Set(builds.flatMap(({ gpu_digest: digest }) => digest ?? []))
  const facts = await readFacts(db, [...digests])
  return new Map(
    builds.map(({ id, gpu_digest: digest, waited }) => [
      id,
      {
        facts: digest === null ? undefined : facts.get(digest),
        refused: refused.filter(({ buildId }) => buildId === id),
        waited,
      },
    ]),
  )
}

function selectWaiting(db: Db) {
  return db
    .selectFrom('builds')
    .where('waiting_since', 'is not', null)
    .where('cancel_requested_at', 'is', null)
}

async function tellWaiting(db: Db, platform: string | null, reason: string): Promise<void> {
  await db
    .updateTable('builds')
    .set({ waiting_reason: reason })
    .where('waiting_since', 'is not', null)
    .where(platformOf, 'is not distinct from', platform)
    .where('waiting_reason', 'is distinct from', reason)
    .execute()
}

async function tellBuild(db: Db, id: string, reason: string): Promise<void> {
  await db
    .updateTable('builds')
    .set({ waiting_reason: reason })
    .where('id', '=', id)
    .where('waiting_reason', 'is distinct from', reason)
    .execute()
}

async function readKnownNodes(db: Db, withGpus: boolean): Promise<readonly KnownNode[]> {
  const gpus = withGpus ? await readFleetGpus(db) : []
  const nodes = await db
    .selectFrom('nodes')
    .leftJoin('attempts', (join) =>
      join.onRef('attempts.node_id', '=', 'nodes.id').on('attempts.finished_at', 'is', null),
    )
    .groupBy('nodes.id')
    .orderBy('nodes.name')
    .select(['nodes.id', 'nodes.name', 'nodes.incarnation', 'nodes.slots'])
    .select(['nodes.disk_low as diskLow', 'nodes.drained_because as drained'])
    .select(sql<boolean>`nodes.leased_until > now()`.as('ready'))
    .select(sql<string[]>`nodes.inventory->'buildkit'->'platforms'`.as('platforms'))
    .select((select) => select.fn.count<number>('attempts.number').as('busy'))
    .execute()
  return nodes.map((node) => ({ ...node, gpus: gpus.filter(({ nodeId }) => nodeId === node.id) }))
}

async function place(
  db: Db,
  { buildId, node, reason, gpuWaited = false }: Placement,
): Promise<PlacedAttempt> {
  const { attempt } = await db
    .updateTable('builds')
    .set((set) => ({
      attempt: set('attempt', '+', 1),
      node_id: node.id,
      waiting_since: null,
      waiting_reason: null,
    }))
    .where('id', '=', buildId)
    .returning('attempt')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('attempts')
    .values({
      build_id: buildId,
      number: attempt,
      node_id: node.id,
      incarnation: node.incarnation,
      reason,
      gpu_waited: gpuWaited,
    })
    .execute()
  const detail = { attempt, nodeId: node.id, reason }
  await recordAudit(db, { actor: 'farm', action: 'build.place', object: buildId, detail })
  return { buildId, attempt, nodeId: node.id }
}

/** Attempts whose workflow has not taken them up: the signal may have been lost, so it is sent again. */
export async function readUnstarted(
  db: Db,
  olderThanMs: number,
): Promise<readonly PlacedAttempt[]> {
  return readOpen(db)
    .where('started_at', 'is', null)
    .where('placed_at', '<', sql<Date>`now() - ${olderThanMs} * interval '1 millisecond'`)
    .execute()
}

/** Open attempts on nodes whose lease has run out, or whose agent has been started anew since. */
export async function readLost(db: Db): Promise<readonly PlacedAttempt[]> {
  return readOpen(db)
    .innerJoin('nodes', 'nodes.id', 'attempts.node_id')
    .where((where) =>
      where.or([
        where('leased_until', '<', sql<Date>`now()`),
        where('attempts.incarnation', '<>', where.ref('nodes.incarnation')),
      ]),
    )
    .execute()
}

function readOpen(db: Db) {
  return db
    .selectFrom('attempts')
    .select(['build_id as buildId', 'number as attempt', 'node_id as nodeId'])
    .where('finished_at', 'is', null)
    .limit(batch)
}

/** Frees the node's slot and the attempt's GPU. An attempt that has ended keeps its first failure. */
export async function endAttempt(
  pool: Pool,
  { buildId, attempt }: AttemptRef,
  failure: BuildFailure | undefined,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    if (failure !== undefined && isGpuRefusal(failure)) await lockBuild(db, buildId)
    const ended = await db
      .updateTable('attempts')
      .set({
        finished_at: sql<Date>`now()`,
        failure: failure === undefined ? null : JSON.stringify(failure),
      })
      .where('build_id', '=', buildId)
      .where('number', '=', attempt)
      .where('finished_at', 'is', null)
      .returning('number')
      .executeTakeFirst()
    if (ended === undefined) return
    if (failure !== undefined) await refuseGpus(db, { buildId, attempt }, failure)
    await release(db, { buildId, attempt })
    const detail = { attempt, code: failure?.code }
    await recordAudit(db, { actor: 'farm', action: 'attempt.end', object: buildId, detail })
    await notify(db, 'kiln_placement')
  })
}

/** Whoever changes both locks the build before its attempt. */
async function lockBuild(db: Db, id: string): Promise<void> {
  await db.selectFrom('builds').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}
