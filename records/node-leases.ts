import { sql } from 'kysely'
import { after } from './after.ts'
import type { Db } from './connect.ts'
import { lockRevocation } from './node-credentials.ts'

/** What a node says by being heard. */
export interface Beat {
  readonly nodeId: string
  /** The start of the agent that says so, where it tells. */
  readonly incarnation?: string | undefined
  /** Of the credential that it has shown, where that is not proved yet. */
  readonly hash?: Buffer | undefined
}

/**
 * Renews the leases of many nodes by one statement, and waits for nobody: a node whose row somebody holds is left out, and so
 * is one that shows another credential than the one which it has and uses.
 * @returns of each whether its lease is renewed.
 */
export async function renewLeases(
  db: Db,
  beats: readonly Beat[],
  leaseMs: number,
): Promise<readonly boolean[]> {
  const ids = beats.map(({ nodeId }) => nodeId)
  const incarnations = beats.map(({ incarnation }) => incarnation ?? null)
  const hashes = beats.map(({ hash }) => hash ?? null)
  const { rows } = await sql<{ missed: readonly number[] | null }>`
    with heard as (
      select * from unnest(${ids}::text[], ${incarnations}::uuid[], ${hashes}::bytea[])
        with ordinality as heard (id, incarnation, hash, place)
    ), free as (
      select node_id, hash, revoked_at, expires_at > now() and used_at is not null as proves
      from node_credentials
      where node_id = any(${ids}::text[]) for share skip locked
    ), held as (
      select nodes.id, free.hash from nodes left join free on free.node_id = nodes.id
      where nodes.id = any(${ids}::text[]) and removed_at is null
        and exists (
          select from heard where heard.id = nodes.id
            and coalesce(heard.incarnation, nodes.incarnation) = nodes.incarnation
            and (heard.hash is null or heard.hash = free.hash and free.proves)
        )
        and (
          free.node_id is not null and free.revoked_at is null
          or not exists (select from node_credentials where node_id = nodes.id)
        )
      for no key update of nodes skip locked
    ), renewed as (
      update nodes set leased_until = ${after(leaseMs)}, heard_at = now() from held where nodes.id = held.id
      returning nodes.id, nodes.incarnation, held.hash
    )
    select array_agg(heard.place::int) as missed from heard left join renewed on renewed.id = heard.id
      and coalesce(heard.incarnation, renewed.incarnation) = renewed.incarnation
      and (heard.hash is null or heard.hash = renewed.hash)
    where renewed.id is null`.execute(db)
  // Nearly always none is missed, and nothing is read of the others.
  const missed = new Set(rows[0]?.missed)
  return beats.map((_, index) => !missed.has(index + 1))
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
    .set({ leased_until: after(leaseMs), heard_at: sql<Date>`now()` })
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
