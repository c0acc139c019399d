import { sql } from 'kysely'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { takeJoinToken } from './join-tokens.ts'
import { notify } from './notify.ts'

const isHeld = sql<boolean>`revoked_at is null and expires_at > now()`

export interface Joining {
  readonly nodeId: string
  readonly name: string
  readonly tokenHash: Buffer
  /** Of the credential that the node is to have. */
  readonly hash: Buffer
  readonly lifeMs: number
}

/**
 * Lets a node in: its token is used up and its credential stored together. A node that has one which still holds keeps
 * it, unless it never came to use it, as where the answer to its joining was lost. @returns when the credential ends.
 */
export async function admitNode(
  pool: Pool,
  { nodeId, name, tokenHash, hash, lifeMs }: Joining,
): Promise<Date | 'token_refused' | 'joined_already'> {
  const admitted = pool.transaction().execute(async (db) => {
    // First, so that nobody without one is told which nodes there are.
    if (!(await takeJoinToken(db, tokenHash, nodeId))) return 'token_refused'
    const before = await lockCredential(db, nodeId)
    if (before?.holds === true && before.used_at !== null) throw new JoinedAlready()
    const row = {
      hash,
      previous_hash: null,
      issued_at: sql<Date>`now()`,
      expires_at: after(lifeMs),
      used_at: null,
      revoked_at: null,
      revoked_because: null,
      quarantined: false,
    }
    const { expires_at: expiresAt } = await db
      .insertInto('node_credentials')
      .values({ node_id: nodeId, ...row })
      .onConflict((c) => c.column('node_id').doUpdateSet(row))
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    // An agent that an operator has let in says anew what it speaks, as one does that takes the place of a newer one.
    await db.updateTable('nodes').set({ protocol: 0 }).where('id', '=', nodeId).execute()
    const detail = { name }
    await recordAudit(db, { actor: nodeId, action: 'node.join', object: nodeId, detail })
    return expiresAt
  })
  return admitted.catch((error: unknown) => {
    if (error instanceof JoinedAlready) return 'joined_already'
    throw error
  })
}

/** Rolls back, so that the token is not used up. */
class JoinedAlready extends Error {}

/** Replaces a credential; the one before is good until the new one is used, so that a lost answer locks nobody out. */
export async function replaceCredential(
  pool: Pool,
  { nodeId, given, hash, lifeMs }: Replacement,
): Promise<Date | undefined> {
  return pool.transaction().execute(async (db) => {
    const before = await lockCredential(db, nodeId)
    if (before?.holds !== true) return undefined
    const isCurrent = before.hash.equals(given)
    const isUnanswered = before.used_at === null && before.previous_hash?.equals(given) === true
    if (!isCurrent && !isUnanswered) return undefined
    const { expires_at: expiresAt } = await db
      .updateTable('node_credentials')
      .set({
        hash,
        previous_hash: given,
        issued_at: sql<Date>`now()`,
        expires_at: after(lifeMs),
        used_at: null,
      })
      .where('node_id', '=', nodeId)
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    await recordAudit(db, { actor: nodeId, action: 'node.credential', object: nodeId })
    return expiresAt
  })
}

export interface Replacement {
  readonly nodeId: string
  /** Of the credential that the node showed. */
  readonly given: Buffer
  /** Of the one that it gets. */
  readonly hash: Buffer
  readonly lifeMs: number
}

/**
 * What is known of the credentials of nodes; `fresh` while the one before it may still be on its way. `replaced`: a later
 * start of its agent has taken the place of this one. Absent where a node has none.
 */
export async function findCredentials(db: Db, callers: readonly Caller[], graceMs: number) {
  const rows = await db
    .selectFrom('node_credentials')
    .selectAll()
    .select(isHeld.as('holds'))
    .select(sql<boolean>`issued_at > now() - ${graceMs} * interval '1 ms'`.as('fresh'))
    .select(
      sql<
        readonly string[]
      >`array(select before.incarnation::text from replaced_incarnations as before
        where before.node_id = node_credentials.node_id)`.as('before'),
    )
    .select(sql<number | null>`(select protocol from nodes where id = node_id)`.as('protocol'))
    .where('node_id', 'in', [...new Set(callers.map(({ nodeId }) => nodeId))])
    .execute()
  const known = new Map(rows.map((row) => [row.node_id, row]))
  return callers.map(({ nodeId, incarnation }) => {
    const row = known.get(nodeId)
    const replaced = incarnation !== undefined && row?.before.includes(incarnation) === true
    return row && { ...row, replaced }
  })
}

/** Who says that it is a node, by the start of its agent where it tells. */
export interface Caller {
  readonly nodeId: string
  readonly incarnation?: string | undefined
}

export async function noteCredentialUse(db: Db, nodeId: string, hash: Buffer): Promise<void> {
  await db
    .updateTable('node_credentials')
    .set({ used_at: sql<Date>`now()` })
    .where('node_id', '=', nodeId)
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .execute()
}

/** Shuts a node out: it is lost at once, and its builds go on elsewhere. @returns false when it has no credential. */
export async function revokeCredential(
  pool: Pool,
  nodeId: string,
  { actor, because }: { readonly actor: string; readonly because: string },
): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const revoked = await db
      .updateTable('node_credentials')
      .set({ revoked_at: sql<Date>`coalesce(revoked_at, now())`, revoked_because: because })
      .where('node_id', '=', nodeId)
      .returning('node_id')
      .executeTakeFirst()
    if (revoked === undefined) return false
    await endNode(db, nodeId)
    const detail = { because }
    await recordAudit(db, { actor, action: 'node.revoke', object: nodeId, detail })
    return true
  })
}

/** Shuts out all that use the credential of a node, because two do: nobody can tell which of them is the node. */
export async function quarantineNode(pool: Pool, nodeId: string, because: string): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const shut = await db
      .updateTable('node_credentials')
      .set({ revoked_at: sql<Date>`now()`, revoked_because: because, quarantined: true })
      .where('node_id', '=', nodeId)
      .where('revoked_at', 'is', null)
      .returning('node_id')
      .executeTakeFirst()
    if (shut === undefined) return
    await endNode(db, nodeId)
    const detail = { because }
    await recordAudit(db, { actor: 'farm', action: 'node.quarantine', object: nodeId, detail })
  })
}

async function endNode(db: Db, nodeId: string): Promise<void> {
  await db
    .updateTable('nodes')
    .set({ leased_until: sql<Date>`least(leased_until, now())` })
    .where('id', '=', nodeId)
    .execute()
  await notify(db, 'kiln_placement')
}

/**
 * When a node was shut out. It waits for whoever is about to do that: what it locks is the row of any node, since one that
 * is sought as shut out would not be found, and not waited for, before that has happened.
 */
export function lockRevocation(db: Pick<Db, 'selectFrom'>, nodeId: string) {
  return db
    .selectFrom('node_credentials')
    .select('revoked_at')
    .where('node_id', '=', nodeId)
    .forShare()
}

async function lockCredential(db: Db, nodeId: string) {
  return db
    .selectFrom('node_credentials')
    .selectAll()
    .select(isHeld.as('holds'))
    .where('node_id', '=', nodeId)
    .forUpdate()
    .executeTakeFirst()
}

/** Nodes that were shut out within the last `withinMs`. */
export async function readRevoked(db: Db, withinMs: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('node_credentials')
    .select('node_id')
    .where('revoked_at', '>', sql<Date>`now() - ${withinMs} * interval '1 ms'`)
    .execute()
  return rows.map(({ node_id: nodeId }) => nodeId)
}
