import type { UserRow } from '../../records/users.ts'
import type { Scope } from '../../records/scope.ts'

interface Page {
  /** Name of the last user of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of the farm's users, by name. */
export async function listUsers({ db }: Scope, { after, limit }: Page) {
  const rows = await db
    .selectFrom('users')
    .selectAll()
    .where('name', '>', after ?? '')
    .orderBy('name')
    .limit(limit + 1)
    .execute()
  const users = rows.slice(0, limit)
  const last = users.at(-1)
  return {
    users: users.map(showUser),
    ...(rows.length > limit && last ? { next_cursor: last.name } : {}),
  }
}

export function showUser({ name, is_operator: isOperator, created_at, disabled_at }: UserRow) {
  return {
    name,
    operator: isOperator,
    disabled: disabled_at !== null,
    created_at: created_at.toISOString(),
  }
}
