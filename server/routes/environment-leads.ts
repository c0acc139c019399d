import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Need } from '#contract/access.ts'
import { terminalQuery } from '#contract/wire/environment.ts'
import { noteUse } from '../../records/environments.ts'
import type { RequestScope } from '../access/request-scope.ts'
import { stillAllowed } from '../access/still-allowed.ts'
import type { RouteDeps } from '../deps.ts'
import { query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import type { Lead, LeadEnv } from '../tunnels/lead.ts'
import { passRequest } from '../tunnels/pass-on.ts'
import { Unreachable } from '../tunnels/tunnels.ts'
import { portsOf } from '../views/environment.ts'
import { getEnvironment } from './get-environment.ts'

const logsQuery = z.object({ follow: z.enum(['true', 'false']).default('true') })
const useMs = 10_000

type Deps = Pick<RouteDeps, 'tunnels'>

/** The log of an environment, and programs that are started in it. */
export function environmentLeadRoutes(deps: Deps) {
  return new Hono<LeadEnv>()
    .get('/:id/logs', query(logsQuery), async (c) => {
      const { follow } = c.req.valid('query')
      return passOn(
        c,
        await leadTo(deps, c, { to: 'logs', query: `follow=${follow}`, need: 'read' }),
      )
    })
    .get('/:id/exec', query(terminalQuery), async (c) => {
      await getEnvironment(c.get('scope'), c.req.param('id'), 'build')
      if (c.env.upgrade === undefined) {
        throw new Refusal('invalid_request', 'a terminal is opened as a WebSocket')
      }
      const { search } = new URL(c.req.url)
      const wanted = { to: 'exec', query: search.slice(1), need: 'build' } as const
      return passOn(c, await leadTo(deps, c, wanted))
    })
}

/** What listens on the ports of an environment. */
export function environmentPortRoutes(deps: Deps) {
  return new Hono<LeadEnv>().all('/:id/ports/:port{[0-9]{1,5}}/*', async (c) => {
    const { id, port: text } = c.req.param()
    const scope = c.get('scope')
    const way = await openPort(deps, scope, id, Number(text))
    const { pathname, search } = new URL(c.req.url)
    const prefix = `/environments/${id}/ports/${text}`
    // Without a token a page of the environment could call this server as whoever looks at it.
    const sandbox = c.req.header('authorization') === undefined
    return passOn(c, { ...way, prefix, sandbox, path: `${pathname.slice(prefix.length)}${search}` })
  })
}

/** A way to what listens on a port of an environment, which counts as used as long as that is open. @throws Refusal */
export async function openPort(
  deps: Deps,
  scope: RequestScope,
  id: string,
  port: number,
): Promise<Pick<Lead, 'stream' | 'isAllowed'>> {
  const row = await getEnvironment(scope, id, 'build')
  if (!portsOf(row).includes(port)) {
    throw new Refusal('not_found', `ports of it that can be reached: ${portsOf(row).join(', ')}`)
  }
  const stream = await open(deps, requireRunning(row), port)
  keepUsed(scope.farm, row.id, stream)
  return { stream, isAllowed: async () => stillAllowed(scope, row.project_id, 'build') }
}

interface Wanted {
  readonly to: 'logs' | 'exec'
  readonly query: string
  readonly need: Need
}

async function leadTo(
  deps: Deps,
  c: Context<LeadEnv, '/:id/logs' | '/:id/exec'>,
  { to, query: asked, need }: Wanted,
): Promise<Lead> {
  const scope = c.get('scope')
  const row = await getEnvironment(scope, c.req.param('id'), need)
  const isThere = row.node_id !== null && row.state !== 'waiting'
  if (to === 'logs' && !isThere) throw new Refusal('not_found', 'it has not been started yet')
  const placed = to === 'exec' ? requireRunning(row) : { ...row, node_id: row.node_id ?? '' }
  const stream = await open(deps, placed, 'agent')
  if (to === 'exec') keepUsed(scope.farm, row.id, stream)
  const path = `/environments/${row.id}/${row.start}/${to}?${asked}`
  const isAllowed = async () => stillAllowed(scope, row.project_id, need)
  return { stream, path, prefix: '', sandbox: false, isAllowed }
}

type Row = Awaited<ReturnType<typeof getEnvironment>>
type Placed = Pick<Row, 'id' | 'start'> & { readonly node_id: string }

function requireRunning(row: Row): Placed {
  const { id, start, node_id: nodeId, state } = row
  if (state === 'running' && nodeId !== null) return { id, start, node_id: nodeId }
  throw new Refusal('environment_resting', `its state is ${state}`)
}

async function open(
  { tunnels }: Deps,
  { id, start, node_id: nodeId }: Placed,
  port: number | 'agent',
) {
  try {
    return await tunnels.open(nodeId, { environmentId: id, start, port })
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error
    if (error.status === 502) throw new Refusal('port_silent', `port ${port}`)
    throw new Refusal('environment_unreachable', error.message)
  }
}

/** It is in use for as long as somebody is connected to it. */
function keepUsed(db: Parameters<typeof noteUse>[0], id: string, stream: Lead['stream']): void {
  const note = () => void noteUse(db, id).catch(() => undefined)
  note()
  const timer = setInterval(note, useMs)
  stream.once('close', () => clearInterval(timer))
}

/** Passes the request on by a way, and its answer back. */
export function passOn(c: Context<LeadEnv>, lead: Lead): Response {
  const { upgrade, incoming, outgoing } = c.env
  if (upgrade !== undefined) {
    upgrade(lead)
    return c.body(null, 204)
  }
  if (incoming === undefined || outgoing === undefined || !('flushHeaders' in outgoing)) {
    throw new Error('there is no connection to pass on')
  }
  passRequest(incoming, outgoing, lead)
  return RESPONSE_ALREADY_SENT
}
