import { sql } from 'kysely'
import { closedBecause } from './closed-nodes.ts'
import type { Db } from './connect.ts'
import { type NodeGpu, readFleetGpus } from './node-gpus.ts'

export interface KnownNode {
  readonly id: string
  readonly name: string
  readonly incarnation: string
  readonly slots: number
  /** Attempts that are placed on the node and have not ended. */
  readonly busy: number
  /** It takes builds and builds nothing. */
  readonly simulated?: boolean
  /** Whether it has answered within its lease. */
  readonly ready: boolean
  /** Why it takes no builds until its disk has room again, in words; `null` while it has. */
  readonly diskLow: string | null
  /** Why an operator lets it take no builds, in words; `null` when it may. */
  readonly drained: string | null
  /** It is only cordoned: what is sent to it by name it takes. */
  readonly cordoned: boolean
  /** Such as `linux/amd64`. */
  readonly platforms: readonly string[]
  /** Those in good health; read only when a build needs one. */
  readonly gpus: readonly NodeGpu[]
}

/** Attempts of one user in a project on one node that have not ended. */
export interface Running {
  readonly nodeId: string
  /** `null` for those of before this was noted. */
  readonly projectId: number | null
  /** Empty for nobody. */
  readonly user: string
  readonly count: number
}

export async function readRunning(db: Db): Promise<readonly Running[]> {
  return db
    .selectFrom('attempts')
    .select(['node_id as nodeId', 'charged_to as projectId', 'charged_user as user'])
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('finished_at', 'is', null)
    .groupBy(['node_id', 'charged_to', 'charged_user'])
    .execute()
}

/** Of a row of `nodes`. */
export const isSimulated = sql<boolean>`coalesce((nodes.inventory->>'simulated')::boolean, false)`

export async function readKnownNodes(
  db: Db,
  running: readonly Running[],
  withGpus: boolean,
): Promise<readonly KnownNode[]> {
  const gpus = Map.groupBy(withGpus ? await readFleetGpus(db) : [], ({ nodeId }) => nodeId)
  const busy = sumBy(running, ({ nodeId }) => nodeId)
  const nodes = await db
    .selectFrom('nodes')
    .orderBy('name')
    .select(['id', 'name', 'incarnation', 'slots', 'disk_low as diskLow'])
    .select(closedBecause.as('drained'))
    .select(sql<boolean>`drained_because is null and cordoned_because is not null`.as('cordoned'))
    .where('removed_at', 'is', null)
    .select(sql<boolean>`leased_until > now()`.as('ready'))
    .select(sql<string[]>`inventory->'buildkit'->'platforms'`.as('platforms'))
    .select(isSimulated.as('simulated'))
    .execute()
  return nodes.map((node) => ({
    ...node,
    busy: busy.get(node.id) ?? 0,
    gpus: gpus.get(node.id) ?? [],
  }))
}

/** How many run of each project. */
export function countByProject(running: readonly Running[]): ReadonlyMap<number | null, number> {
  return sumBy(running, ({ projectId }) => projectId)
}

/** How many run of each user: in all projects together, and in each by itself. */
export function countByUser(running: readonly Running[]) {
  return {
    everywhere: sumBy(running, ({ user }) => user),
    within: new Map(
      Array.from(
        Map.groupBy(running, ({ projectId }) => projectId),
        ([id, rows]) => [id, sumBy(rows, ({ user }) => user)] as const,
      ),
    ),
  }
}

function sumBy<K>(running: readonly Running[], keyOf: (one: Running) => K): ReadonlyMap<K, number> {
  const sums = new Map<K, number>()
  for (const one of running) sums.set(keyOf(one), (sums.get(keyOf(one)) ?? 0) + one.count)
  return sums
}
