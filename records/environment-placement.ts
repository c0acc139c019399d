import { sql } from 'kysely'
import type { EnvironmentRef } from '#contract/environment.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { EnvironmentVolume, OfferedVolume } from '#contract/volume.ts'
import { recordAudit } from './audit.ts'
import { closedBecause } from './closed-nodes.ts'
import type { Db, Pool } from './connect.ts'
import { wakeWorkflow } from './environment-events.ts'
import { leaseForEnvironment, readTaken } from './environment-gpus.ts'
import { type NodeGpu, readFleetGpus } from './node-gpus.ts'

export interface WaitingEnvironment extends EnvironmentRef {
  /** Where its files are; absent while it has none. */
  readonly nodeId: string | null
  readonly platform: string
  /** Cores. */
  readonly cpu: number
  readonly memoryBytes: number
  /** Whether it is to have a GPU of its own. */
  readonly gpu: boolean
  readonly digest: string
  readonly volumes: readonly EnvironmentVolume[]
}

/** A healthy GPU of a node. */
export interface HostGpu extends Pick<NodeGpu, 'gpu' | 'arch'> {
  readonly isTaken: boolean
}

/** A node as environments see it. */
export interface Host {
  readonly id: string
  readonly name: string
  /** Whether it has answered within its lease. */
  readonly ready: boolean
  /** Whether its agent can run containers that stay. */
  readonly able: boolean
  /** Why an operator lets it take nothing, in words; `null` when it may. */
  readonly drained: string | null
  /** Why it takes nothing until its disk has room again, in words. */
  readonly diskLow: string | null
  readonly platforms: readonly string[]
  readonly cores: number
  readonly memoryBytes: number
  /** What the environments that are on it may use together. */
  readonly usedCpu: number
  readonly usedMemory: number
  readonly gpus: readonly HostGpu[]
  readonly volumes: readonly Pick<OfferedVolume, 'name' | 'mode'>[]
}

export interface HostChoice {
  /** For one that is to have one. */
  readonly gpu?: LeasedGpu
  readonly host: Host
  /** Why this node, in words, for people. */
  readonly reason: string
}

/** Why an environment waits, in words. */
export interface WaitTexts {
  readonly en: string
  readonly zh: string
}

/** Chooses a node for one environment, or says in words why it waits. */
export type ChooseHost = (
  db: Db,
  waiting: WaitingEnvironment,
  hosts: readonly Host[],
) => Promise<HostChoice | WaitTexts>

const batch = 100
/** Key of the lock that lets one placer of environments work at a time. */
const placementLock = 7_164_003

/** Gives waiting environments nodes in one transaction, oldest first, and tells their workflows. @returns how many. */
export async function placeEnvironments(pool: Pool, choose: ChooseHost): Promise<number> {
  return pool.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(${placementLock})`.execute(db)
    const waiting = await lockWaiting(db)
    let hosts = waiting.length === 0 ? [] : await readHosts(db)
    let placed = 0
    for (const one of waiting) {
      const choice = await choose(db, one, hosts)
      if (!('host' in choice)) {
        await tellWaiting(db, one.environmentId, choice)
        continue
      }
      const { host, gpu } = choice
      // Who was quicker is seen in the next round.
      if (gpu !== undefined && !(await leaseForEnvironment(db, one, host.id, gpu))) continue
      await place(db, one, choice)
      hosts = hosts.map((each) => (each === host ? withGuest(host, one, gpu) : each))
      placed += 1
    }
    return placed
  })
}

function withGuest(host: Host, { cpu, memoryBytes }: WaitingEnvironment, gpu?: LeasedGpu): Host {
  return {
    ...host,
    usedCpu: host.usedCpu + cpu,
    usedMemory: host.usedMemory + memoryBytes,
    gpus: host.gpus.map((one) => (one.gpu === gpu ? { ...one, isTaken: true } : one)),
  }
}

async function lockWaiting(db: Db): Promise<readonly WaitingEnvironment[]> {
  return db
    .selectFrom('environments')
    .select(['id as environmentId', 'start', 'node_id as nodeId', 'cpu'])
    .select(['memory_bytes as memoryBytes', 'gpu', 'digest', 'volumes'])
    .select(sql<string>`image_config->>'platform'`.as('platform'))
    .where('state', '=', 'waiting')
    .where('waiting_since', 'is not', null)
    .where('stop_wanted', 'is', null)
    .where('image_config', 'is not', null)
    .orderBy('waiting_since')
    .limit(batch)
    .forUpdate()
    .skipLocked()
    .execute()
}

/** Every registered node, by name. */
export async function readHosts(db: Db): Promise<readonly Host[]> {
  const used = db
    .selectFrom('environments')
    .select('node_id')
    .select(sql<number>`sum(cpu)`.as('cpu'))
    .select(sql<number>`sum(memory_bytes)::bigint`.as('memory'))
    .where('waiting_since', 'is', null)
    .where('state', 'not in', ['stopped', 'failed'])
    .groupBy('node_id')
  const [gpus, taken] = await Promise.all([readFleetGpus(db), readTaken(db)])
  const nodes = await db
    .selectFrom('nodes')
    .leftJoin(used.as('used'), 'used.node_id', 'nodes.id')
    .select(['nodes.id', 'nodes.name', 'disk_low as diskLow'])
    .select(closedBecause.as('drained'))
    .where('removed_at', 'is', null)
    .select(sql<boolean>`leased_until > now()`.as('ready'))
    .select(sql<boolean>`coalesce((inventory->>'environments')::boolean, false)`.as('able'))
    .select(sql<string[]>`inventory->'buildkit'->'platforms'`.as('platforms'))
    .select(sql<OfferedVolume[]>`coalesce(inventory->'volumes', '[]')`.as('volumes'))
    .select(sql<number>`(inventory->'cpu'->>'cores')::int`.as('cores'))
    .select(sql<number>`(inventory->>'memory_bytes')::bigint`.as('memoryBytes'))
    .select(sql<number>`coalesce(used.cpu, 0)`.as('usedCpu'))
    .select(sql<number>`coalesce(used.memory, 0)`.as('usedMemory'))
    .orderBy('nodes.name')
    .execute()
  return nodes.map((node) => ({
    ...node,
    gpus: gpus
      .filter(({ nodeId }) => nodeId === node.id)
      .map(({ gpu, arch }) => ({ gpu, arch, isTaken: taken.has(gpu.uuid) })),
  }))
}

async function tellWaiting(db: Db, id: string, { en, zh }: WaitTexts): Promise<void> {
  await db
    .updateTable('environments')
    .set({ waiting_reason: en, waiting_reason_zh: zh })
    .where('id', '=', id)
    .where('waiting_reason', 'is distinct from', en)
    .execute()
}

async function place(
  db: Db,
  { environmentId, start }: WaitingEnvironment,
  { host, gpu, reason }: HostChoice,
): Promise<void> {
  await db
    .updateTable('environments')
    .set({ node_id: host.id, waiting_since: null, waiting_reason: null, waiting_reason_zh: null })
    .where('id', '=', environmentId)
    .execute()
  await wakeWorkflow(db, environmentId)
  const detail = { start, nodeId: host.id, reason, gpu: gpu?.uuid }
  await recordAudit(db, {
    actor: 'farm',
    action: 'environment.place',
    object: environmentId,
    detail,
  })
}
