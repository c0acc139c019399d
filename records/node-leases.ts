import { sql } from 'kysely'
import { after } from './after.ts'
import type { Db } from './connect.ts'
import { lockRevocation } from './node-credentials.ts'

/** What a node says by being heard. */
export interface Beat {
  readonly nodeId: string
  /** The start of the agent that says so, where it tells. */
  readonly incarnation?: string | undefined
}

/**
 * Renews the leases of many nodes by one statement, and waits for nobody: a node whose row somebody holds is left out.
 * @returns of each whether its lease is renewed.
 */
export async function renewLeases(
  db: Db,
  beats: readonly Beat[],
  leaseMs: number,
): Promise<readonly boolean[]> {
  const starts = await renewFree(db, beats, leaseMs)
  return beats.map(({ nodeId, incarnation }) => {
    const start = starts.get(nodeId)
    return start !== undefined && (incarnation ?? start) === start
  })
}

/** @returns the incarnations of the nodes whose rows nobody holds, and that may have a lease. */
async function renewFree(
  db: Db,
  beats: readonly Beat[],
  leaseMs: number,
): Promise<ReadonlyMap<string, string>> {
  const ids = beats.map(({ nodeId }) => nodeId)
  const incarnations = beats.map(({ incarnation }) => incarnation ?? null)
  const { rows } = await sql<{ readonly id: string; readonly incarnation: string }>`
    with heard as (
      select * from unnest(${ids}::text[], ${incarnations}::uuid[]) as heard (id, incarnation)
    ), free as (
      select node_id, revoked_at from node_credentials
      where node_id = any(${ids}::text[]) for share skip locked
    ), held as (
      select nodes.id from nodes
      where removed_at is null
        and exists (
          select from heard where heard.id = nodes.id
            and coalesce(heard.incarnation, nodes.incarnation) = nodes.incarnation
        )
        and (
          exists (select from free where free.node_id = nodes.id and revoked_at is null)
          or not exists (select from node_credentials where node_id = nodes.id)
        )
      for no key update skip locked
    )
    update nodes set leased_until = ${after(leaseMs)} from held where nodes.id = held.id
    returning nodes.id, nodes.incarnation`.execute(db)
  return new Map(rows.map(({ id, incarnation }) => [id, incarnation]))
}

/** @returns false when the node, or this start of its agent, is not known and must register again, or is shut out. */
export async function renewLease(
  db: Db,
  { nodeId, incarnation }: Beat,
  leaseMs: number,
): Promise<boolean> {
  const renewed = await db
    .with('revocation', (query) => lockRevocation(query, nodeId))
    .updateTable('nodes')
    .set({ leased_until: after(leaseMs) })
    .where('id', '=', nodeId)
    .where('removed_at', 'is', null)
    .$if(incarnation !== undefined, (query) => query.where('incarnation', '=', incarnation ?? ''))
    .where((where) =>
      where.not(
        where.exists(
          where.selectFrom('revocation').select('revoked_at').where('revoked_at', 'is not', null),
        ),
      ),
    )
    .returning('id')
    .executeTakeFirst()
  return renewed !== undefined
}
