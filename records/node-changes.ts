import { sql } from 'kysely'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Gpu, RegisterNode } from '#contract/node.ts'
import { after as msFromNow } from './after.ts'
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
  /** With this one. */
  readonly tries: number
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

/** Takes the oldest change of which nobody has said what it means, for `leaseMs`; `undefined` when none is due. */
export async function claimChange(db: Db, leaseMs: number): Promise<NodeChange | undefined> {
  return db
    .updateTable('node_changes')
    .from('nodes')
    .set({ tries: sql<number>`tries + 1`, next_try_at: msFromNow(leaseMs) })
    .whereRef('nodes.id', '=', 'node_changes.node_id')
    .where('node_changes.id', '=', (select) =>
      select
        .selectFrom('node_changes as due')
        .select('due.id')
        .where('told', 'is', null)
        .where('given_up_at', 'is', null)
        .where('next_try_at', '<=', sql<Date>`now()`)
        .orderBy('due.id')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['node_changes.id', 'node_id as nodeId', 'nodes.name as nodeName'])
    .returning(['arch', 'before', 'after', 'tries'])
    .executeTakeFirst()
}

/** Puts a change that could not be told back into the queue, after `ms`. */
export async function postponeChange(db: Db, { id }: NodeChange, ms: number): Promise<void> {
  await db
    .updateTable('node_changes')
    .set({ next_try_at: msFromNow(ms) })
    .where('id', '=', id)
    .execute()
}

/** Gives a claim back unused: whoever stops does not spend one of the tries. */
export async function releaseChange(db: Db, { id, tries }: NodeChange): Promise<void> {
  await db
    .updateTable('node_changes')
    .set({ tries: tries - 1, next_try_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Sets a change aside that nobody will say any more what it means. */
export async function giveUpChange(pool: Pool, { id, nodeId, tries }: NodeChange): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const given = await db
      .updateTable('node_changes')
      .set({ given_up_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('told', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (given === undefined) return
    const detail = { change: id, tries }
    await recordAudit(db, {
      actor: 'farm',
      action: 'node.change.give_up',
      object: nodeId,
      detail,
    })
  })
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
