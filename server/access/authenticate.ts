import type { Logger } from 'pino'
import { expandScopes } from '#contract/access.ts'
import { findBearer, noteTokenUse } from '../../records/api-tokens.ts'
import type { Pool } from '../../records/connect.ts'
import { hashToken } from './token.ts'
import { isApiToken } from './api-token.ts'
import type { Caller } from './caller.ts'

/** Whom a token lets in now, or `undefined`. */
export type Authenticate = (token: string) => Promise<Caller | undefined>

export function createAuthenticate(db: Pool, log: Logger): Authenticate {
  return async (token) =>
    isApiToken(token) ? callerOfToken({ db, log }, { hash: hashToken(token) }) : undefined
}

/** Whom a token lets in now, by its hash or, where it was shown before, by its id. */
export async function callerOfToken(
  { db, log }: { readonly db: Pool; readonly log: Logger },
  which: Parameters<typeof findBearer>[1],
): Promise<Caller | undefined> {
  const found = await findBearer(db, which)
  if (found === undefined) return undefined
  if (found.unnoted) {
    await noteTokenUse(db, found.id).catch((error: unknown) =>
      log.warn({ err: error }, 'the use of a token is not noted'),
    )
  }
  return {
    actor: `user:${found.user}/${found.prefix.slice('kiln_api_'.length)}`,
    user: { id: found.userId, name: found.user },
    token: { id: found.id, expiresAt: found.expires_at },
    session: undefined,
    isOperator: found.is_operator,
    scopes: expandScopes(found.scopes),
    roles: new Map(found.memberships.map(({ id, role }) => [id, role])),
    only: found.project_id ?? undefined,
  }
}
