import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Gpu, RegisterNode } from '#contract/node.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { slotsOf } from './node-gpus.ts'

/** What a change means, in words and as findings by the codes of the table in `cuda/`. */
export interface ToldChange {
  readonly findings: readonly {
    readonly code: string
    readonly severity: 'info' | 'error'
    readonly params: Readonly<Record<string, string | number>>
  }[]
  /** Sentences in each language. */
  readonly text: { readonly en: string; readonly zh: string }
}

export interface NodeChange {
  readonly id: number
  readonly nodeId: string
  readonly nodeName: string
  readonly arch: string
  readonly before: readonly LeasedGpu[]
  readonly after: readonly LeasedGpu[]
}

/** The GPUs of a node as it last told them; none of a node that is new. The node stays as it is until the transaction ends. */
export async function readGpus(db: Db, nodeId: string): Promise<readonly Gpu[]> {
  const known = await db
    .selectFrom('nodes')
    .select('inventory')
    .where('id', '=', nodeId)
    .forNoKeyUpdate()
    .executeTakeFirst()
  return known?.inventory.gpus ?? []
}

/** Notes that a node has other GPUs, or another driver, than it had. */
export async function noteChange(
  db: Db,
  node: RegisterNode,
  earlier: readonly Gpu[],
): Promise<void> {
  const [before, after] = [leasable(earlier), leasable(node.inventory.gpus)]
  if (isAlike(before, after)) return
  await db
    .insertInto('node_changes')
    .values({
      node_id: node.node_id,
      arch: node.inventory.host.arch,
      before: JSON.stringify(before),
      after: JSON.stringify(after),
    })
    .execute()
}

function leasable(gpus: readonly Gpu[]): readonly LeasedGpu[] {
  return gpus.flatMap(slotsOf).map(({ gpu }) => gpu)
}

/** Which card is in which slot decides nothing. */
function isAlike(before: readonly LeasedGpu[], after: readonly LeasedGpu[]): boolean {
  return JSON.stringify(kindsOf(before)) === JSON.stringify(kindsOf(after))
}

function kindsOf(gpus: readonly LeasedGpu[]): readonly string[] {
  return gpus
    .map(({ name, driver, capability, memory_bytes, mig, simulated }) =>
      JSON.stringify([name, driver, capability, memory_bytes, mig, simulated]),
    )
    .toSorted()
}

/** The oldest change of which nobody has said what it means. */
export async function nextChange(db: Db): Promise<NodeChange | undefined> {
  return db
    .selectFrom('node_changes')
    .innerJoin('nodes', 'nodes.id', 'node_changes.node_id')
    .select(['node_changes.id', 'node_id as nodeId', 'nodes.name as nodeName'])
    .select(['arch', 'before', 'after'])
    .where('told', 'is', null)
    .orderBy('node_changes.id')
    .limit(1)
    .executeTakeFirst()
}

export async function storeTold(pool: Pool, change: NodeChange, told: ToldChange): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const stored = await db
      .updateTable('node_changes')
      .set({ told: JSON.stringify(told) })
      .where('id', '=', change.id)
      .where('told', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (stored === undefined) return
    const codes = told.findings.map(({ code }) => code)
    const detail = { text: told.text.en, codes }
    await recordAudit(db, { actor: 'farm', action: 'node.change', object: change.nodeId, detail })
  })
}
