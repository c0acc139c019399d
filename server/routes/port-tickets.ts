import { Hono } from 'hono'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { writePass } from '../ports/pass.ts'
import { ticketName } from '../ports/serve-ports.ts'
import { Refusal } from '../refusal.ts'
import { portsOf } from '../views/environment.ts'
import { getEnvironment } from './get-environment.ts'

const ticketMs = 60_000

/** Lets the caller's browser to a port of an environment. */
export function portTicketRoutes({ ports, now }: Pick<RouteDeps, 'ports' | 'now'>) {
  return new Hono<ApiEnv>().post('/:id/ports/:port{[0-9]+}/ticket', async (c) => {
    const scope = c.get('scope')
    const row = await getEnvironment(scope, c.req.param('id'), 'build')
    const port = Number(c.req.param('port'))
    if (!portsOf(row).includes(port)) {
      throw new Refusal('not_found', `ports of it that can be reached: ${portsOf(row).join(', ')}`)
    }
    if (ports === undefined) throw new Refusal('ports_off')
    const until = now() + ticketMs
    const { user, session, token } = scope.caller
    const holder = {
      user: user?.id ?? null,
      session: session?.id ?? null,
      token: token?.id ?? null,
    }
    const pass = { kind: 'ticket', environment: row.id, port, ...holder, until } as const
    const url = ports.addresses.urlOf(row.id, port)
    url.searchParams.set(ticketName, writePass(await ports.key(), pass))
    const answer = { url: url.href, expires_at: new Date(until).toISOString() }
    return c.json(answer, 201, { 'cache-control': 'no-store' })
  })
}
