import { expandScopes } from '#contract/access.ts'
import type { Pool } from '../../records/connect.ts'
import { findPortUser } from '../../records/port-users.ts'
import { type Caller, operator } from '../access/caller.ts'
import type { Pass } from './pass.ts'

/** Whom a pass lets in now: what its user may do is asked each time. `undefined` for one that is shut out by now. */
export async function portCaller(db: Pool, { user: id }: Pass): Promise<Caller | undefined> {
  const scopes = expandScopes(['build'])
  if (id === null) return { ...operator, scopes }
  const found = await findPortUser(db, id)
  if (found === undefined) return undefined
  const { name, is_operator: isOperator, memberships } = found
  return {
    ...operator,
    actor: `user:${name}/port`,
    user: { id, name },
    isOperator,
    scopes,
    roles: new Map(memberships.map(({ project_id: project, role }) => [project, role])),
  }
}
