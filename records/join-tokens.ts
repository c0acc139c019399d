import { sql } from 'kysely'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import type { Scope } from './scope.ts'

/** Lets one node in within `lifeMs`. @returns when it ends. */
export async function storeJoinToken(
  { farm, actor }: Scope,
  hash: Buffer,
  lifeMs: number,
): Promise<Date> {
  return farm.transaction().execute(async (db) => {
    await db
      .deleteFrom('join_tokens')
      .where('expires_at', '<', sql<Date>`now()`)
      .execute()
    const { expires_at: expiresAt } = await db
      .insertInto('join_tokens')
      .values({ hash, expires_at: after(lifeMs) })
      .returning('expires_at')
      .executeTakeFirstOrThrow()
    await recordAudit(db, {
      actor,
      action: 'node.token',
      object: hash.toString('hex').slice(0, 12),
      detail: { expires_at: expiresAt.toISOString() },
    })
    return expiresAt
  })
}

/** Uses a token up. @returns false when there is none, or it was used, or is too old. */
export async function takeJoinToken(db: Db, hash: Buffer, nodeId: string): Promise<boolean> {
  const taken = await db
    .updateTable('join_tokens')
    .set({ used_at: sql<Date>`now()`, node_id: nodeId })
    .where('hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .returning('hash')
    .executeTakeFirst()
  return taken !== undefined
}
