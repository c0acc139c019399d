import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import type { Authenticate } from '../access/authenticate.ts'
import { type Caller, operator } from '../access/caller.ts'
import { type ApiEnv, openScope } from '../access/request-scope.ts'
import type { ServerDeps } from '../deps.ts'
import { isSameToken } from '../joining/token.ts'
import { Refusal } from '../refusal.ts'
import { bearerOf } from './bearer.ts'

const localHost = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i

interface Terms {
  readonly authenticate: Authenticate
  /** The farm's own token: its holder is an operator. */
  readonly token: string | undefined
}

/**
 * Lets in who brings a token of a user, or the farm's own. Where the farm has none, everyone on this machine is an operator:
 * the server then listens on loopback only, and neither a name that a web page has bent to loopback is answered nor a page
 * of another address.
 */
export function requireCaller(deps: Pick<ServerDeps, 'db' | 'fence' | 'tellUnseen'> & Terms) {
  const scopeDeps = { db: deps.db, fence: deps.fence, tellRefusal: deps.tellUnseen }
  return createMiddleware<ApiEnv>(async (c, next) => {
    const caller = await findCaller(c, deps)
    if (caller === undefined) throw new Refusal('unauthenticated')
    c.set('scope', openScope(scopeDeps, caller))
    await next()
  })
}

async function findCaller(c: Context, { authenticate, token }: Terms): Promise<Caller | undefined> {
  const given = bearerOf(c)
  if (token !== undefined && isSameToken(given, token)) return operator
  if (c.req.header('authorization') !== undefined) return authenticate(given)
  return token === undefined && isLocal(c) ? operator : undefined
}

function isLocal(c: Context): boolean {
  const host = c.req.header('host') ?? ''
  return localHost.test(host) && !isForeign(c.req.header('origin'), host)
}

/** Whether a page of another address asks. Who is no browser names none. */
function isForeign(origin: string | undefined, host: string): boolean {
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`
}
