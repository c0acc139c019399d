import type { Db } from '../../records/connect.ts'

interface Page {
  readonly userId: number
  /** Id of the last token of the page before: ids sort by time. */
  readonly before?: string | undefined
  readonly limit: number
}

/** One page of a user's tokens, newest first; revoked and expired ones too. */
export async function listTokens(db: Db, { userId, before, limit }: Page) {
  const rows = await selectTokens(db)
    .where('api_tokens.user_id', '=', userId)
    .$if(before !== undefined, (query) => query.where('api_tokens.id', '<', before ?? ''))
    .orderBy('api_tokens.id', 'desc')
    .limit(limit + 1)
    .execute()
  const tokens = rows.slice(0, limit)
  const last = tokens.at(-1)
  return {
    tokens: tokens.map(showToken),
    ...(rows.length > limit && last ? { next_cursor: last.id } : {}),
  }
}

export async function findToken(db: Db, id: string) {
  return selectTokens(db).where('api_tokens.id', '=', id).executeTakeFirst()
}

function selectTokens(db: Db) {
  return db
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.id', 'api_tokens.user_id')
    .leftJoin('projects', 'projects.id', 'api_tokens.project_id')
    .select(['api_tokens.id', 'api_tokens.user_id', 'users.name as user', 'api_tokens.name'])
    .select(['prefix', 'scopes', 'projects.name as project', 'api_tokens.created_at'])
    .select(['expires_at', 'used_at', 'revoked_at'])
}

type TokenRow = NonNullable<Awaited<ReturnType<typeof findToken>>>

/** Everything but the token itself, which nobody has. */
export function showToken({ id, user, name, prefix, scopes, project, ...times }: TokenRow) {
  return {
    id,
    user,
    name,
    prefix,
    scopes,
    project,
    created_at: times.created_at.toISOString(),
    expires_at: times.expires_at?.toISOString() ?? null,
    used_at: times.used_at?.toISOString() ?? null,
    revoked_at: times.revoked_at?.toISOString() ?? null,
  }
}
