import { tokenScopes } from '#contract/access.ts'
import { inScope } from '../../records/scope.ts'
import { roleIn } from '../access/caller.ts'
import type { RequestScope } from '../access/request-scope.ts'

/** Roles that are told; an operator of a large farm has more. */
const maxProjects = 200

/** `user`, `token` and `session` are `null` for who needs none. */
export async function showCaller(scope: RequestScope) {
  const { caller } = scope
  const rows = await scope.db
    .selectFrom('projects')
    .select(['id', 'name'])
    .where(inScope(scope, 'projects.id'))
    .orderBy('name')
    .limit(maxProjects + 1)
    .execute()
  return {
    user: caller.user?.name ?? null,
    operator: caller.isOperator,
    token:
      caller.token === undefined
        ? null
        : {
            id: caller.token.id,
            expires_at: caller.token.expiresAt?.toISOString() ?? null,
          },
    session:
      caller.session === undefined
        ? null
        : { id: caller.session.id, expires_at: caller.session.expiresAt.toISOString() },
    scopes: tokenScopes.filter((one) => caller.scopes.has(one)),
    projects: rows
      .slice(0, maxProjects)
      .map(({ id, name }) => ({ name, role: roleIn(caller, id) ?? null })),
    projects_omitted: rows.length > maxProjects,
  }
}
