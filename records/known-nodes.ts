import { sql } from 'kysely'
import type { Gpu } from '#contract/node.ts'
import { atOnce } from './at-once.ts'
import { closedBecause } from './closed-nodes.ts'
import type { Db } from './connect.ts'
import { type NodeGpu, spreadGpus } from './node-gpus.ts'

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
  /** Those in good health. */
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

/** What is known of a node but for what changes all the time. */
type NodeState = Omit<KnownNode, 'busy' | 'ready'> & { readonly version: number }

/** The nodes as they are in the database, with little read of them. */
export interface NodeReader {
  /** All of them, by name. */
  readonly read: (db: Db) => Promise<readonly Omit<KnownNode, 'busy'>[]>
}

/**
 * Keeps what was read of the nodes, and reads anew only what has changed: with many of them that is next to nothing, and what
 * runs on them is decided about often.
 */
export function createNodeReader(): NodeReader {
  let known: readonly NodeState[] = []
  return {
    read: async (db) => {
      const latest = known.reduce((most, { version }) => Math.max(most, version), 0)
      const [sum, changed] = await atOnce(db, async (own) =>
        Promise.all([sumUpNodes(own), readStates(own, latest)]),
      )
      if (changed.length > 0) known = merge(known, changed)
      if (!isSame(known, sum)) known = merge([], await readStates(db, 0))
      const silent = new Set(sum.silent)
      return known.map((node) => ({ ...node, ready: !silent.has(node.id) }))
    },
  }
}

interface NodesSum {
  readonly count: number
  /** Of all versions: since a later state of a node has a larger one, no other state of all nodes has as many and this. */
  readonly versions: number
  /** Ids of those that have not answered within their lease. */
  readonly silent: readonly string[]
}

async function sumUpNodes(db: Db): Promise<NodesSum> {
  return db
    .selectFrom('nodes')
    .where('removed_at', 'is', null)
    .select((select) => select.fn.countAll<number>().as('count'))
    .select(sql<number>`coalesce(sum(version), 0)::bigint`.as('versions'))
    .select(
      sql<string[]>`coalesce(array_agg(id) filter (where leased_until <= now()), '{}')`.as(
        'silent',
      ),
    )
    .executeTakeFirstOrThrow()
}

function isSame(known: readonly NodeState[], { count, versions }: NodesSum): boolean {
  return known.length === count && known.reduce((sum, one) => sum + one.version, 0) === versions
}

function merge(known: readonly NodeState[], changed: readonly NodeState[]): readonly NodeState[] {
  const states = new Map([...known, ...changed].map((node) => [node.id, node]))
  return [...states.values()].toSorted((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}

/** @param after of versions that are larger; of all with 0. */
async function readStates(db: Db, after: number): Promise<readonly NodeState[]> {
  const rows = await db
    .selectFrom('nodes')
    .select(['id', 'name', 'incarnation', 'slots', 'disk_low as diskLow', 'version'])
    .select(closedBecause.as('drained'))
    .select(sql<boolean>`drained_because is null and cordoned_because is not null`.as('cordoned'))
    .where('removed_at', 'is', null)
    .where('version', '>', after)
    .select(sql<string[]>`inventory->'buildkit'->'platforms'`.as('platforms'))
    .select(sql<string>`inventory->'host'->>'arch'`.as('arch'))
    .select(sql<readonly Gpu[]>`coalesce(inventory->'gpus', '[]')`.as('cards'))
    .select(isSimulated.as('simulated'))
    .execute()
  return rows.map(({ arch, cards, ...node }) => ({
    ...node,
    gpus: spreadGpus({ nodeId: node.id, nodeName: node.name, arch, gpus: cards }),
  }))
}

/** How many builds run on each node. */
export function countByNode(running: readonly Running[]): ReadonlyMap<string, number> {
  return sumBy(running, ({ nodeId }) => nodeId)
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
