import { sql } from 'kysely'
import type { Db } from '../../records/connect.ts'
import { showSlots } from './gpu-slots.ts'

export interface NodeFilter {
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of nodes. A node is `ready` while it has answered within its lease and `lost` afterwards. */
export async function listNodes(db: Db, { after, limit }: NodeFilter) {
  const rows = await db
    .selectFrom('nodes')
    .select(['id', 'name', 'slots', 'inventory', 'registered_at', 'leased_until'])
    .select(sql<boolean>`leased_until > now()`.as('ready'))
    .select((select) =>
      select
        .selectFrom('attempts')
        .whereRef('attempts.node_id', '=', 'nodes.id')
        .where('finished_at', 'is', null)
        .select((count) => count.fn.countAll<number>().as('running'))
        .as('running'),
    )
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit + 1)
    .execute()
  const nodes = rows.slice(0, limit)
  const last = nodes.at(-1)
  const slots = await showSlots(db, nodes)
  return {
    nodes: nodes.map(({ ready, running, registered_at, leased_until, ...node }) => ({
      ...node,
      gpu_slots: slots.get(node.id) ?? [],
      status: ready ? 'ready' : 'lost',
      running: running ?? 0,
      registered_at: registered_at.toISOString(),
      leased_until: leased_until.toISOString(),
    })),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}
