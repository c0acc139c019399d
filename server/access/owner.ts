import { findUser } from '../../records/users.ts'
import { Refusal } from '../refusal.ts'
import { type RequestScope, requireOperator } from './request-scope.ts'

/** Everybody may give up what they are let in by, with whatever lets them in. */
export function mayEnd({ caller }: RequestScope, userId: number): boolean {
  return caller.user?.id === userId || (caller.isOperator && caller.scopes.has('operate'))
}

/** The id of the user of this name, who is the caller or, for operators, anybody. @throws Refusal */
export async function findOwner(scope: RequestScope, name: string | undefined): Promise<number> {
  const { user } = scope.caller
  if (user !== undefined && (name === undefined || name === user.name)) return user.id
  requireOperator(scope)
  const found = name === undefined ? undefined : await findUser(scope.db, name)
  if (found === undefined) throw new Refusal('not_found', 'there is no such user; name one: ?user')
  return found.id
}
