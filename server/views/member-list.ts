import type { Scope } from '../../records/scope.ts'

interface Page {
  readonly projectId: number
  /** Name of the last member of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** One page of the members of a project, by name. */
export async function listMembers({ db }: Scope, { projectId, after, limit }: Page) {
  const rows = await db
    .selectFrom('memberships')
    .innerJoin('users', 'users.id', 'memberships.user_id')
    .select(['users.name', 'role', 'memberships.created_at', 'disabled_at'])
    .where('project_id', '=', projectId)
    .where('users.name', '>', after ?? '')
    .orderBy('users.name')
    .limit(limit + 1)
    .execute()
  const members = rows.slice(0, limit)
  const last = members.at(-1)
  return {
    members: members.map(({ name, role, created_at, disabled_at }) => ({
      user: name,
      role,
      disabled: disabled_at !== null,
      created_at: created_at.toISOString(),
    })),
    ...(rows.length > limit && last ? { next_cursor: last.name } : {}),
  }
}
