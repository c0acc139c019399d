import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { isLoopback } from '#contract/address.ts'
import type { Authenticate } from '../access/authenticate.ts'
import { type Caller, operator } from '../access/caller.ts'
import { type ApiEnv, openScope } from '../access/request-scope.ts'
import type { ServerDeps } from '../deps.ts'
import { isSameToken } from '../access/token.ts'
import { Refusal } from '../refusal.ts'
import { isForeignPage } from '../sign-in/foreign-page.ts'
import type { SignIn } from '../sign-in/sign-in.ts'
import { bearerOf } from './bearer.ts'

/** By what callers are let in. */
export interface Terms {
  readonly authenticate: Authenticate
  readonly signIn: Pick<SignIn, 'authenticate' | 'cookies' | 'publicUrl'>
  /** The farm's own token: its holder is an operator. */
  readonly token: string | undefined
}

/**
 * Lets in who brings a token of a user, or the farm's own, or the cookie of a session. Where the farm has no token, everyone
 * on this machine is an operator: the server then listens on loopback only, and neither a name that a web page has bent to
 * loopback is answered nor a page of another address. Such pages are not let in by a cookie either.
 */
export function requireCaller(deps: Pick<ServerDeps, 'db' | 'fence' | 'tellUnseen'> & Terms) {
  const scopeDeps = { db: deps.db, fence: deps.fence, tellRefusal: deps.tellUnseen }
  return createMiddleware<ApiEnv>(async (c, next) => {
    const caller = await findCaller(c, deps)
    if (caller === undefined) throw new Refusal('unauthenticated')
    c.set(
      'scope',
      openScope(scopeDeps, caller, async () => findCaller(c, deps)),
    )
    await next()
  })
}

/** Who calls, or `undefined` for who is not let in. */
export async function findCaller(
  c: Context,
  { authenticate, signIn, token }: Terms,
): Promise<Caller | undefined> {
  const given = bearerOf(c)
  if (token !== undefined && isSameToken(given, token)) return operator
  if (c.req.header('authorization') !== undefined) return authenticate(given)
  if (isForeignPage(c, signIn.publicUrl)) return undefined
  const session = signIn.cookies.read(c, 'session')
  const caller = session === undefined ? undefined : await signIn.authenticate(session)
  if (caller !== undefined) return caller
  return token === undefined && isLocal(c) ? operator : undefined
}

/** Whether the farm lets in whoever is on its machine, and this is such a one. */
export function isLocal(c: Context): boolean {
  return isLoopback(c.req.header('host') ?? '')
}
