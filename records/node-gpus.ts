import { sql } from 'kysely'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Gpu } from '#contract/node.ts'
import type { Db } from './connect.ts'

/** A healthy GPU or MIG instance of a node, as it can be leased. */
export interface NodeGpu {
  readonly nodeId: string
  readonly nodeName: string
  /** As the node names it. */
  readonly arch: string
  readonly gpu: LeasedGpu
  /** Free when it was last looked at; `undefined` where nobody knows. */
  readonly freeBytes: number | undefined
}

/** Nodes that are read at most. */
const maxNodes = 2_000

/** The healthy GPUs of every node that answers and builds for a platform, or any if there is none. */
export async function readReadyGpus(db: Db, platform: string | null): Promise<readonly NodeGpu[]> {
  const rows = await selectGpus(db)
    .where('leased_until', '>', sql<Date>`now()`)
    .$if(platform !== null, (query) =>
      query.where(sql<boolean>`inventory->'buildkit'->'platforms' @> to_jsonb(${platform}::text)`),
    )
    .execute()
  return rows.flatMap(spreadGpus)
}

/** The healthy GPUs of every registered node, whether it answers now or not. */
export async function readFleetGpus(db: Db): Promise<readonly NodeGpu[]> {
  const rows = await selectGpus(db).execute()
  return rows.flatMap(spreadGpus)
}

/** Those of one node. */
export async function readNodeGpus(db: Db, nodeId: string): Promise<readonly NodeGpu[]> {
  const rows = await selectGpus(db).where('id', '=', nodeId).execute()
  return rows.flatMap(spreadGpus)
}

function selectGpus(db: Db) {
  return db
    .selectFrom('nodes')
    .select(['id as nodeId', 'name as nodeName'])
    .select(sql<string>`inventory->'host'->>'arch'`.as('arch'))
    .select(sql<readonly Gpu[]>`inventory->'gpus'`.as('gpus'))
    .where(sql<boolean>`jsonb_array_length(inventory->'gpus') > 0`)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .limit(maxNodes)
}

interface NodeRow {
  readonly nodeId: string
  readonly nodeName: string
  readonly arch: string
  readonly gpus: readonly Gpu[]
}

/** Each by itself. Pure. */
export function spreadGpus({ gpus, ...node }: NodeRow): readonly NodeGpu[] {
  return gpus.flatMap(slotsOf).map((slot) => ({ ...node, ...slot }))
}

/** What of a card can be leased: itself, or each instance that it is divided into. Pure. */
export function slotsOf(card: Gpu): readonly Pick<NodeGpu, 'gpu' | 'freeBytes'>[] {
  const { uuid, name, driver, capability, memory_bytes, free_bytes: freeBytes, simulated } = card
  const gpu = {
    uuid,
    name,
    driver,
    memory_bytes,
    ...(capability !== undefined && { capability }),
    ...(simulated !== undefined && { simulated }),
  }
  if (card.migs === undefined || card.migs.length === 0) return [{ gpu, freeBytes }]
  return card.migs.map((mig) => ({
    gpu: {
      ...gpu,
      uuid: mig.uuid,
      mig: mig.profile,
      memory_bytes: memoryOfProfile(mig.profile) ?? memory_bytes,
    },
    freeBytes: undefined,
  }))
}

/** `1g.10gb` has 10 GiB. */
function memoryOfProfile(profile: string): number | undefined {
  const [, gigabytes] = /\.(\d+)gb/.exec(profile) ?? []
  return gigabytes === undefined ? undefined : Number(gigabytes) * 1024 ** 3
}
