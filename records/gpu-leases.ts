import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import { gpuLeaseMs, gpuRetryMs, type GpuRequest, type LeasedGpu } from '#contract/gpu-lease.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { type NodeGpu, readNodeGpus } from './node-gpus.ts'
import { notify } from './notify.ts'
import { QuotaExceeded, requireQuotas } from './quotas.ts'

/** A GPU or MIG instance of a node, with who has it. */
export interface GpuSlot {
  readonly gpu: LeasedGpu
  /** Free when it was last looked at; `undefined` where nobody knows. */
  readonly freeBytes: number | undefined
  /** The build, or the environment, that it is leased to. */
  readonly holder?: string
  /** Through another node, whose agent is on the same machine. */
  readonly isElsewhere?: boolean
  readonly leftover: boolean
}

export interface AskingAttempt extends AttemptRef {
  readonly projectId: number
  readonly nodeId: string
  readonly nodeName: string
  readonly arch: string
  readonly incarnation: string
  /** That the build is for; absent when any will do. */
  readonly platform: string | null
  /** Whether it was placed without a GPU because it had waited for one long enough. */
  readonly gpuWaited: boolean
}

/** An attempt on the same node that is to be served before. */
export interface EarlierWait {
  readonly buildId: string
  /** UUIDs that it would take. */
  readonly candidates: readonly string[]
}

/** What a rule has chosen for an attempt that asks. */
export type SlotChoice =
  | { readonly gpu: LeasedGpu }
  | {
      readonly state: 'busy'
      readonly reason: string
      /** UUIDs that it would take if they were free. */
      readonly candidates: readonly string[]
    }
  /** `final`: nor is there any elsewhere. */
  | { readonly state: 'none'; readonly reason: string; readonly final?: true }

/** Chooses among the slots of the node, in the order of its inventory, given who is to be served before, in order. */
export type ChooseSlot = (
  slots: readonly GpuSlot[],
  earlier: readonly EarlierWait[],
  asking: AskingAttempt,
) => SlotChoice

export type GrantAnswer = SlotChoice | 'stale'

/** Whoever has not asked again for so long waits no more, in ms. */
const askingMs = 5 * gpuRetryMs
const maxEarlier = 200

/** Key of the locks under which the GPUs of one node are granted one after the other. */
export const grantLock = 7_164_002

/**
 * Leases a GPU of its node to an attempt, or renews the lease that it has.
 * @returns `stale` when the attempt is not the build's current one, or has ended.
 */
export async function grantGpu(
  pool: Pool,
  ref: AttemptRef,
  purpose: GpuRequest['purpose'],
  choose: ChooseSlot,
): Promise<GrantAnswer> {
  return pool.transaction().execute(async (db) => {
    const asking = await lockAttempt(db, ref)
    if (asking === undefined) return 'stale'
    const { nodeId } = asking
    await sql`select pg_advisory_xact_lock(${grantLock}, hashtext(${nodeId}))`.execute(db)
    const gpus = await readNodeGpus(db, nodeId)
    await expireLeases(db, nodeId, gpus)
    let slots = await readSlots(db, nodeId, gpus)
    const renewed = await renew(db, ref, slots)
    if (renewed !== undefined) return { gpu: renewed }
    const spent = await findSpent(db, asking.projectId)
    if (spent !== undefined) return spent
    const earlier = await readEarlier(db, asking, purpose)
    for (let round = 0; round <= gpus.length; round += 1) {
      const choice = choose(slots, earlier, asking)
      await noteWait(db, ref, purpose, choice)
      if (!('gpu' in choice) || (await leaseGpu(db, asking, purpose, choice.gpu))) return choice
      // Another agent of this machine was quicker.
      slots = await readSlots(db, nodeId, gpus)
    }
    throw new Error(`the GPUs of ${nodeId} are taken as fast as they are looked at`)
  })
}

/** Why a project gets no GPU any more, once it has used its minutes. */
async function findSpent(db: Db, projectId: number) {
  try {
    await requireQuotas(db, projectId, { gpu_minutes: 1 })
    return undefined
  } catch (error) {
    if (!(error instanceof QuotaExceeded)) throw error
    const reason = `the project has used its GPU minutes of the last 30 days: ${error.message}`
    return { state: 'none', reason, final: true } as const
  }
}

/** @returns false when somebody else has the GPU: two agents of one machine see the same ones. */
async function leaseGpu(
  db: Db,
  { nodeId, incarnation, buildId, attempt }: AskingAttempt,
  purpose: GpuRequest['purpose'],
  gpu: LeasedGpu,
): Promise<boolean> {
  const leased = await db
    .insertInto('gpu_leases')
    .values({
      uuid: gpu.uuid,
      node_id: nodeId,
      incarnation,
      build_id: buildId,
      attempt,
      purpose,
      gpu: JSON.stringify(gpu),
      leased_until: after(gpuLeaseMs),
    })
    .onConflict((c) => c.column('uuid').where('released_at', 'is', null).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (leased === undefined) return false
  await audit(db, 'gpu.lease', gpu.uuid, { buildId, attempt, nodeId, purpose })
  return true
}

/** The attempt with its node, locked so that it cannot end meanwhile; `undefined` when it is not the current one. */
async function lockAttempt(
  db: Db,
  { buildId, attempt }: AttemptRef,
): Promise<AskingAttempt | undefined> {
  const row = await db
    .selectFrom('attempts')
    .innerJoin('builds', (join) =>
      join
        .onRef('builds.id', '=', 'attempts.build_id')
        .onRef('builds.attempt', '=', 'attempts.number'),
    )
    .innerJoin('nodes', 'nodes.id', 'attempts.node_id')
    .select(['nodes.id as nodeId', 'nodes.name as nodeName', 'attempts.incarnation'])
    .select(['attempts.gpu_waited as gpuWaited', 'builds.project_id as projectId'])
    .select(sql<string>`nodes.inventory->'host'->>'arch'`.as('arch'))
    .select(sql<string | null>`builds.options->>'platform'`.as('platform'))
    .where('attempts.build_id', '=', buildId)
    .where('attempts.number', '=', attempt)
    .where('attempts.finished_at', 'is', null)
    .where('builds.cancel_requested_at', 'is', null)
    .whereRef('nodes.incarnation', '=', 'attempts.incarnation')
    .forUpdate('attempts')
    .executeTakeFirst()
  return row && { ...row, buildId, attempt }
}

/** The healthy GPUs and MIG instances of a node, each with who has it, through whichever node. */
async function readSlots(
  db: Db,
  nodeId: string,
  gpus: readonly NodeGpu[],
): Promise<readonly GpuSlot[]> {
  const uuids = gpus.map(({ gpu }) => gpu.uuid)
  const leases = uuids.length === 0 ? [] : await selectHeld(db).where('uuid', 'in', uuids).execute()
  const held = new Map(leases.map((each) => [each.uuid, each]))
  return gpus.map(({ gpu, freeBytes }) => {
    const holder = held.get(gpu.uuid)
    return {
      gpu,
      freeBytes,
      leftover: holder?.leftover ?? false,
      ...(holder && { holder: holder.holder, isElsewhere: holder.nodeId !== nodeId }),
    }
  })
}

/**
 * Who waits for a GPU of the node and is to be served before: verifications before builds, then by the time of the first
 * asking. Whoever has stopped asking is passed over.
 */
async function readEarlier(
  db: Db,
  { nodeId, buildId, attempt }: AskingAttempt,
  purpose: GpuRequest['purpose'],
): Promise<readonly EarlierWait[]> {
  const rank = sql`(gpu_purpose = 'build')`
  const own = sql`(select coalesce(gpu_wanted_at, now()) from attempts where build_id = ${buildId} and number = ${attempt})`
  const rows = await db
    .selectFrom('attempts')
    .select(['build_id as buildId', 'gpu_candidates as candidates'])
    .where('node_id', '=', nodeId)
    .where('finished_at', 'is', null)
    .where('gpu_reason', 'is not', null)
    .where('gpu_asked_at', '>', sql<Date>`now() - ${askingMs} * interval '1 millisecond'`)
    .where('build_id', '<>', buildId)
    .where(sql<boolean>`(${rank}, gpu_wanted_at) < (${purpose === 'build'}, ${own})`)
    .orderBy(sql`${rank}, gpu_wanted_at`)
    .limit(maxEarlier)
    .execute()
  return rows.map((row) => ({ buildId: row.buildId, candidates: row.candidates ?? [] }))
}

async function noteWait(
  db: Db,
  { buildId, attempt }: AttemptRef,
  purpose: GpuRequest['purpose'],
  choice: SlotChoice,
): Promise<void> {
  const candidates = 'candidates' in choice ? choice.candidates : []
  const noted = await db
    .updateTable('attempts')
    .set({
      gpu_wanted_at: sql<Date>`coalesce(gpu_wanted_at, now())`,
      gpu_asked_at: sql<Date>`now()`,
      gpu_purpose: purpose,
      gpu_candidates: JSON.stringify(candidates),
      gpu_reason: 'gpu' in choice ? null : choice.reason,
    })
    .where('build_id', '=', buildId)
    .where('number', '=', attempt)
    .returning('gpu_reason')
    .executeTakeFirstOrThrow()
  if (noted.gpu_reason !== null) await notify(db, 'kiln_build', buildId)
}

export interface HeldGpu {
  /** Of the build, or the environment, that has it. */
  readonly holder: string
  /** Of the build; the number of the start of an environment. */
  readonly attempt: number
  readonly uuid: string
  readonly nodeId: string
  readonly gpu: LeasedGpu
  readonly grantedAt: Date
  readonly leftover: boolean
}

/** Every GPU of these nodes that is leased now. */
export async function readHeld(db: Db, nodeIds: readonly string[]): Promise<readonly HeldGpu[]> {
  return nodeIds.length === 0 ? [] : selectHeld(db).where('node_id', 'in', nodeIds).execute()
}

function selectHeld(db: Db) {
  return db
    .selectFrom('gpu_leases')
    .select(['uuid', 'gpu', 'node_id as nodeId', 'attempt', 'leftover'])
    .select(sql<string>`coalesce(build_id, environment_id)`.as('holder'))
    .select('granted_at as grantedAt')
    .where('released_at', 'is', null)
    .where((where) =>
      where.or([where('leftover', '=', true), where('leased_until', '>', sql<Date>`now()`)]),
    )
}

/** The GPU that the attempt has, for another term. One that its node no longer has in good health is not renewed. */
async function renew(
  db: Db,
  { buildId, attempt }: AttemptRef,
  slots: readonly GpuSlot[],
): Promise<LeasedGpu | undefined> {
  const lease = await db
    .updateTable('gpu_leases')
    .set({ leased_until: after(gpuLeaseMs) })
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('released_at', 'is', null)
    .where('leftover', '=', false)
    .returning(['uuid', 'gpu'])
    .executeTakeFirst()
  if (lease === undefined) return undefined
  if (slots.some(({ gpu }) => gpu.uuid === lease.uuid)) return lease.gpu
  await release(db, { buildId, attempt })
  return undefined
}

/**
 * Takes a GPU back from an attempt. It touches no lease but the attempt's own, so a stale attempt frees nothing of a
 * newer one. With `leftover` it stays held until its node says that it is clean.
 */
export async function returnGpu(
  pool: Pool,
  ref: AttemptRef,
  { leftover }: { readonly leftover: boolean },
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    if (!leftover) return release(db, ref)
    const held = await db
      .updateTable('gpu_leases')
      .set({ leftover: true })
      .where('build_id', '=', ref.buildId)
      .where('attempt', '=', ref.attempt)
      .where('released_at', 'is', null)
      .returning('uuid')
      .execute()
    for (const { uuid } of held) await audit(db, 'gpu.leftover', uuid, ref)
  })
}

/** Frees what the attempt holds, but for GPUs with something left on them. */
export async function release(db: Db, { buildId, attempt }: AttemptRef): Promise<void> {
  await free(db, (held) => held.where('build_id', '=', buildId).where('attempt', '=', attempt))
}

/** The same for every attempt of a build. */
export async function releaseBuild(db: Db, buildId: string): Promise<void> {
  await free(db, (held) => held.where('build_id', '=', buildId))
}

/** Frees what attempts of earlier starts of a node's agent hold: their work is gone. */
export async function releaseEarlier(db: Db, nodeId: string, incarnation: string): Promise<void> {
  await free(db, (held) =>
    held
      .where('node_id', '=', nodeId)
      .where('incarnation', '<>', incarnation)
      // Environments live on without their agent.
      .where('environment_id', 'is', null),
  )
}

/** Whoever did not renew has lost the GPU, also through another node of the same machine. */
async function expireLeases(db: Db, nodeId: string, gpus: readonly NodeGpu[]): Promise<void> {
  const uuids = gpus.map(({ gpu }) => gpu.uuid)
  await free(db, (held) =>
    held
      .where((where) =>
        where.or([
          where('node_id', '=', nodeId),
          ...(uuids.length === 0 ? [] : [where('uuid', 'in', uuids)]),
        ]),
      )
      .where('leased_until', '<', sql<Date>`now()`),
  )
}

/** What was left on a GPU holds it all the same. */
async function free(
  db: Db,
  which: (held: ReturnType<typeof updateHeld>) => ReturnType<typeof updateHeld>,
): Promise<void> {
  const freed = await which(updateHeld(db)).returning(['uuid', 'build_id', 'attempt']).execute()
  for (const { uuid, ...holder } of freed) await audit(db, 'gpu.free', uuid, holder)
  if (freed.length > 0) await notify(db, 'kiln_placement')
}

function updateHeld(db: Db) {
  return db
    .updateTable('gpu_leases')
    .set({ released_at: sql<Date>`now()` })
    .where('released_at', 'is', null)
    .where('leftover', '=', false)
}

/** UUIDs of a node's GPUs that are held although nobody uses them. */
export async function readLeftovers(db: Db, nodeId: string): Promise<readonly string[]> {
  const rows = await selectHeld(db)
    .where('node_id', '=', nodeId)
    .where('leftover', '=', true)
    .execute()
  return rows.map(({ uuid }) => uuid)
}

/** The node says that nothing is left on a GPU. @returns false when it was not held for that. */
export async function cleanGpu(pool: Pool, nodeId: string, uuid: string): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const cleaned = await db
      .updateTable('gpu_leases')
      .set({ released_at: sql<Date>`now()` })
      .where('node_id', '=', nodeId)
      .where('uuid', '=', uuid)
      .where('leftover', '=', true)
      .where('released_at', 'is', null)
      .returning('build_id')
      .executeTakeFirst()
    if (cleaned === undefined) return false
    await recordAudit(db, { actor: nodeId, action: 'gpu.clean', object: uuid })
    await notify(db, 'kiln_placement')
    return true
  })
}

async function audit(db: Db, action: string, uuid: string, detail: object): Promise<void> {
  await recordAudit(db, { actor: 'farm', action, object: uuid, detail })
}
