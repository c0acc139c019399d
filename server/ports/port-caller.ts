import { expandScopes } from '#contract/access.ts'
import { callerOfToken } from '../access/authenticate.ts'
import { type Caller, operator } from '../access/caller.ts'
import type { ServerDeps } from '../deps.ts'
import type { Pass } from './pass.ts'

type Deps = Pick<ServerDeps, 'db' | 'log' | 'signIn'>

/**
 * Whom a pass lets in now: whether the session or the token that it was given to still lets its user in, and what they may do,
 * is asked each time. `undefined` for one that is shut out by now.
 */
export async function portCaller(deps: Deps, pass: Pass): Promise<Caller | undefined> {
  const holder = await findHolder(deps, pass)
  if (holder === undefined) return undefined
  const scopes = [...expandScopes(['build'])].filter((scope) => holder.scopes.has(scope))
  const actor = holder.user === undefined ? holder.actor : `user:${holder.user.name}/port`
  return { ...holder, actor, scopes: new Set(scopes) }
}

async function findHolder(
  { db, log, signIn }: Deps,
  { user, session, token }: Pass,
): Promise<Caller | undefined> {
  if (session !== null) return signIn.authenticateId(session)
  if (token !== null) return callerOfToken({ db, log }, { id: token })
  return user === null ? operator : undefined
}
