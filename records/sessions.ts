import { sql } from 'kysely'
import type { SignInWay } from '#contract/access.ts'
import { after } from './after.ts'
import { rolesOfUser } from './api-tokens.ts'
import { recordAudit } from './audit.ts'
import type { Db } from './connect.ts'
import type { Scope } from './scope.ts'

/** How coarsely it is noted when a session was used, so that requests do not write. */
const noteEveryMs = 60_000
/** How long it can be seen in the table that there was a session. */
const keptDays = 30

export interface NewSession {
  readonly id: string
  readonly user: { readonly id: number; readonly name: string }
  /** Of the cookie. */
  readonly hash: Buffer
  readonly way: SignInWay
  readonly tokenId: string | null
  readonly lifeMs: number
  readonly address: string | null
  readonly browser: string | null
}

/** Signs a browser in. */
export async function storeSession(
  { farm, actor }: Pick<Scope, 'farm' | 'actor'>,
  { id, user, hash, way, tokenId, lifeMs, address, browser }: NewSession,
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    await db
      .insertInto('sessions')
      .values({
        id,
        user_id: user.id,
        hash,
        way,
        token_id: tokenId,
        address,
        browser,
        expires_at: after(lifeMs),
      })
      .execute()
    const detail = { user: user.name, way, ...(tokenId !== null && { token: tokenId }) }
    await recordAudit(db, { actor, action: 'session.create', object: id, detail })
  })
}

/** @returns false when it had ended before. */
export async function endSession(
  { farm, actor }: Pick<Scope, 'farm' | 'actor'>,
  id: string,
): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const ended = await db
      .updateTable('sessions')
      .set({ ended_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (ended === undefined) return false
    await recordAudit(db, { actor, action: 'session.end', object: id })
    return true
  })
}

/** Whom a session lets in, as it is now; `idleMs` is how long it may have been unused. */
export async function findSession(
  db: Db,
  which: { readonly hash: Buffer } | { readonly id: string },
  idleMs: number,
) {
  return db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .leftJoin('api_tokens', 'api_tokens.id', 'sessions.token_id')
    .select(['sessions.id', 'sessions.way', 'sessions.expires_at', 'sessions.token_id'])
    .select(['api_tokens.scopes', 'api_tokens.project_id'])
    .select('api_tokens.expires_at as token_expires_at')
    .select(['users.id as userId', 'users.name as user', 'is_operator'])
    .select(rolesOfUser.as('memberships'))
    .select(sql<boolean>`sessions.used_at < now() - ${noteEveryMs} * interval '1 ms'`.as('unnoted'))
    .where((where) =>
      'hash' in which
        ? where('sessions.hash', '=', which.hash)
        : where('sessions.id', '=', which.id),
    )
    .where('ended_at', 'is', null)
    .where('sessions.expires_at', '>', sql<Date>`now()`)
    .where('sessions.used_at', '>', after(-idleMs))
    .where('disabled_at', 'is', null)
    .where('api_tokens.revoked_at', 'is', null)
    .where((where) =>
      where.or([
        where('api_tokens.expires_at', 'is', null),
        where('api_tokens.expires_at', '>', sql<Date>`now()`),
      ]),
    )
    .executeTakeFirst()
}

export async function noteSessionUse(db: Db, id: string): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Forgets sessions that are over for long. */
export async function dropOldSessions(db: Db): Promise<void> {
  await db
    .deleteFrom('sessions')
    .where('expires_at', '<', sql<Date>`now() - ${keptDays} * interval '1 day'`)
    .execute()
}
