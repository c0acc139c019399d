import { sql } from 'kysely'
import type { Role, TokenScope } from '#contract/access.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import type { Scope } from './scope.ts'

/** How coarsely it is noted when a token was used, so that requests do not write. */
const noteEveryMs = 5 * 60_000

export interface NewApiToken {
  readonly id: string
  readonly user: { readonly id: number; readonly name: string }
  readonly name: string
  readonly prefix: string
  readonly hash: Buffer
  readonly scopes: readonly TokenScope[]
  readonly projectId: number | null
  /** `null`: never. */
  readonly expiresAt: Date | null
}

/** Stores what lets its bearer in. One of the same hash stays as it is. */
export async function storeApiToken(
  { farm, actor }: Pick<Scope, 'farm' | 'actor'>,
  { id, user, name, prefix, hash, scopes, projectId, expiresAt }: NewApiToken,
): Promise<void> {
  await farm.transaction().execute(async (db) => {
    const stored = await db
      .insertInto('api_tokens')
      .values({
        id,
        user_id: user.id,
        name,
        prefix,
        hash,
        scopes: [...scopes],
        project_id: projectId,
        expires_at: expiresAt,
      })
      .onConflict((c) => c.column('hash').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (stored === undefined) return
    const detail = { user: user.name, name, scopes, projectId, expires_at: expiresAt }
    await recordAudit(db, {
      actor,
      action: 'token.create',
      object: id,
      detail,
      projectId: projectId ?? undefined,
    })
  })
}

/** @returns false when it was revoked before. */
export async function revokeApiToken({ farm, actor }: Scope, id: string): Promise<boolean> {
  return farm.transaction().execute(async (db) => {
    const revoked = await db
      .updateTable('api_tokens')
      .set({ revoked_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (revoked === undefined) return false
    await recordAudit(db, { actor, action: 'token.revoke', object: id })
    return true
  })
}

/** What the user of a row of `users` is in which projects. */
export const rolesOfUser = sql<readonly { readonly id: number; readonly role: Role }[]>`coalesce((
  select jsonb_agg(jsonb_build_object('id', memberships.project_id, 'role', memberships.role))
  from memberships where memberships.user_id = users.id), '[]')`

/** Whom a token lets in, as it is now: asked with each request, so that what was revoked or changed holds at once. */
export async function findBearer(
  db: Db,
  which: { readonly hash: Buffer } | { readonly id: string },
) {
  return db
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.id', 'api_tokens.user_id')
    .select(['api_tokens.id', 'prefix', 'scopes', 'api_tokens.project_id', 'expires_at'])
    .select(['users.id as userId', 'users.name as user', 'is_operator'])
    .select(rolesOfUser.as('memberships'))
    .select(
      sql<boolean>`used_at is null or used_at < now() - ${noteEveryMs} * interval '1 ms'`.as(
        'unnoted',
      ),
    )
    .where((where) =>
      'hash' in which ? where('hash', '=', which.hash) : where('api_tokens.id', '=', which.id),
    )
    .where('revoked_at', 'is', null)
    .where('disabled_at', 'is', null)
    .where((where) =>
      where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]),
    )
    .executeTakeFirst()
}

export async function noteTokenUse(pool: Pool, id: string): Promise<void> {
  await pool
    .updateTable('api_tokens')
    .set({ used_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}
