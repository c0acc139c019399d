import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { openScope } from '../access/request-scope.ts'
import type { ServerDeps } from '../deps.ts'
import { Refusal } from '../refusal.ts'
import { openPort, passOn } from '../routes/environment-leads.ts'
import { isForeignPage } from '../sign-in/foreign-page.ts'
import type { LeadEnv } from '../tunnels/lead.ts'
import { type Pass, readPass, writePass } from './pass.ts'
import type { PortAddresses } from './port-address.ts'
import { portCaller } from './port-caller.ts'

/** What a ticket is called in an address, and the cookie that it is changed for. */
export const ticketName = 'kiln-ticket'
/** Behind https the browser sees to it that no page of another port has set it. */
const cookieOf = ({ isSecure }: PortAddresses) => `${isSecure ? '__Host-' : ''}kiln-port`
const cookieMs = 8 * 60 * 60_000

type Deps = Pick<
  ServerDeps,
  'db' | 'log' | 'signIn' | 'fence' | 'tellUnseen' | 'tunnels' | 'ports' | 'now'
>
type Wanted = Pick<Pass, 'environment' | 'port'>

/**
 * Answers what is asked of the hosts of ports, and nothing else does: a browser comes with a ticket that its user was given,
 * and with a cookie from then on. No session and no token counts there.
 */
export function servePorts(deps: Deps) {
  const { ports } = deps
  return createMiddleware<LeadEnv>(async (c, next) => {
    const wanted = ports?.addresses.portOf(c.req.header('host') ?? '')
    if (ports === undefined || wanted === undefined) return next()
    const key = await ports.key()
    const ticket = c.req.query(ticketName)
    if (ticket !== undefined)
      return admit(c, deps, { key, wanted, ticket, addresses: ports.addresses })
    const now = deps.now()
    const cookie = isForeignPage(c) ? undefined : getCookie(c, cookieOf(ports.addresses))
    const pass = cookie && readPass(key, cookie, { kind: 'cookie', ...wanted, now })
    const find = async () => (pass ? portCaller(deps, pass) : undefined)
    const caller = await find()
    if (caller === undefined) throw new Refusal('unauthenticated', 'open the port from Kiln again')
    const scopeDeps = { db: deps.db, fence: deps.fence, tellRefusal: deps.tellUnseen }
    c.set('scope', openScope(scopeDeps, caller, find))
    const { pathname, search } = new URL(c.req.url)
    const way = await openPort(deps, c.get('scope'), wanted.environment, wanted.port)
    return passOn(c, { ...way, prefix: '', sandbox: false, path: `${pathname}${search}` })
  })
}

interface Admitted {
  readonly key: Uint8Array
  readonly wanted: Wanted
  readonly ticket: string
  readonly addresses: PortAddresses
}

/** Changes a ticket for a cookie of this host alone, and takes it out of the address. */
function admit(
  c: Context<LeadEnv>,
  { now }: Deps,
  { key, wanted, ticket, addresses }: Admitted,
): Response {
  const pass = readPass(key, ticket, { kind: 'ticket', ...wanted, now: now() })
  if (pass === undefined) throw new Refusal('unauthenticated', 'the ticket has expired')
  const content = { ...pass, kind: 'cookie', until: now() + cookieMs } as const
  setCookie(c, cookieOf(addresses), writePass(key, content), {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: addresses.isSecure,
    maxAge: cookieMs / 1000,
  })
  const url = new URL(c.req.url)
  url.searchParams.delete(ticketName)
  c.header('referrer-policy', 'no-referrer')
  return c.redirect(`${url.pathname}${url.search}`, 303)
}
