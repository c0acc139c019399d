import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import { artifactRoutes } from './artifacts.ts'
import { blobRoutes } from './blobs.ts'
import { type Fault, takeFault } from './faults.ts'
import { manifestRoutes } from './manifests.ts'
import { policyRoutes } from './policies.ts'
import { projectRoutes } from './projects.ts'
import { quotaRoutes } from './quotas.ts'
import { failure, json, notFound, type Call, type Reply, type Route } from './reply.ts'
import { retentionRoutes } from './retention.ts'
import { robotRoutes } from './robots.ts'
import { scanRoutes } from './scans.ts'
import { createState, type HarborState } from './state.ts'
import { tokenRoutes } from './tokens.ts'
import { whoCalls } from './who.ts'

export interface FakeHarbor extends AsyncDisposable {
  readonly url: URL
  readonly admin: { readonly username: string; readonly password: string }
  readonly state: HarborState
  readonly faults: Fault[]
  /** `METHOD path` of every request so far. */
  readonly requests: string[]
  /** The same requests with what they logged in with, and by which program. */
  readonly seen: Seen[]
}

/** In PEM. */
export interface Tls {
  readonly key: string
  readonly cert: string
}

export interface Seen {
  readonly line: string
  readonly query: string
  readonly authorization: string
  readonly program: string
}

/** An HTTP server with the semantics of the README beside it; what that does not say is not there. */
export async function startFakeHarbor(tls?: Tls): Promise<FakeHarbor> {
  const admin = { username: 'admin', password: `Kiln-${randomUUID()}` }
  const state = createState({ name: admin.username, password: admin.password })
  const faults: Fault[] = []
  const requests: string[] = []
  const seen: Seen[] = []
  const routes = apiRoutes(state)
  const answerTo = (request: IncomingMessage, response: ServerResponse) => {
    serve({ state, faults, requests, seen, routes }, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined)
    })
  }
  const server = tls === undefined ? createServer(answerTo) : createSecureServer(tls, answerTo)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: new URL(
      `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ),
    admin,
    state,
    faults,
    requests,
    seen,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function apiRoutes(state: HarborState): readonly Route[] {
  const api = [
    ...systemRoutes(state),
    ...projectRoutes(state),
    ...robotRoutes(state),
    ...artifactRoutes(state),
    ...scanRoutes(state),
    ...policyRoutes(state),
    ...quotaRoutes(state),
    ...retentionRoutes(state),
  ]
  const below = api.map((route) => ({
    ...route,
    pattern: new RegExp(route.pattern.source.replace('^', '^/api/v2\\.0')),
  }))
  return [...below, ...tokenRoutes(state), ...manifestRoutes(state), ...blobRoutes(state)]
}

function systemRoutes(state: HarborState): readonly Route[] {
  return [
    {
      method: 'GET',
      pattern: /^\/health$/,
      answer: () => {
        const scanner = state.scanner === 'absent' ? 'unhealthy' : 'healthy'
        const components = [
          { name: 'core', status: 'healthy' },
          { name: 'trivy', status: scanner },
        ]
        return json({ status: scanner, components })
      },
    },
    {
      method: 'GET',
      pattern: /^\/systeminfo$/,
      answer: (call) => {
        const known = whoCalls(state, call).kind !== 'nobody'
        const more = {
          harbor_version: state.version,
          registry_url: new URL(call.origin).host,
          read_only: state.readOnly,
        }
        return json({ auth_mode: 'db_auth', ...(known && more) })
      },
    },
  ]
}

interface Served {
  readonly state: HarborState
  readonly faults: Fault[]
  readonly requests: string[]
  readonly seen: Seen[]
  readonly routes: readonly Route[]
}

async function serve(
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const raw = new URL(url, 'http://fake')
  const path = decodeURIComponent(url.split('?')[0] ?? '/')
  served.requests.push(`${method} ${path}`)
  const { authorization = '', 'user-agent': program = '' } = headers
  served.seen.push({ line: `${method} ${path}`, query: raw.search, authorization, program })
  const fault = takeFault(served.faults, { method, path })
  const body = await readRequest(request, fault?.cutAfter)
  if (body === undefined) return void request.socket.destroy()
  if (fault?.delayMs !== undefined) await sleep(fault.delayMs)
  await fault?.hold?.()
  const call: Call = {
    method,
    path,
    query: raw.searchParams,
    headers: headers as Readonly<Record<string, string | undefined>>,
    body,
    origin: `${'encrypted' in request.socket ? 'https' : 'http'}://${headers.host ?? ''}`,
    requestId: String(headers['x-request-id'] ?? randomUUID()),
  }
  const reply = fault?.reply ?? (await answer(served.routes, call))
  if (fault?.loseAnswer === true) return void request.socket.destroy()
  send(response, call, { ...reply, headers: { ...reply.headers, ...fault?.headers } })
}

/** `undefined` when the connection is to be cut. */
async function readRequest(
  request: IncomingMessage,
  cutAfter: number | undefined,
): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  if (cutAfter === 0) return undefined
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (cutAfter !== undefined && length >= cutAfter) return undefined
  }
  return Buffer.concat(chunks)
}

async function answer(routes: readonly Route[], call: Call): Promise<Reply> {
  const writes = call.method !== 'GET' && call.method !== 'HEAD'
  // Whoever sends back a session's cookie counts as a browser (2.3).
  if (call.path.startsWith('/api') && writes && /(?:^|; )sid=/.test(call.headers['cookie'] ?? '')) {
    return failure(403, 'FORBIDDEN', 'CSRF token not found in request')
  }
  for (const route of routes) {
    const match = route.method === call.method ? route.pattern.exec(call.path) : null
    if (match !== null) return route.answer(call, match.slice(1))
  }
  return notFound('resource')
}

function send(response: ServerResponse, call: Call, { status, headers = {}, body }: Reply): void {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(body === undefined ? '' : JSON.stringify(body))
  response.writeHead(status, {
    'x-request-id': call.requestId,
    'set-cookie': `sid=${randomUUID()}; Path=/; HttpOnly`,
    'content-length': String(bytes.length),
    ...headers,
  })
  response.end(call.method === 'HEAD' ? undefined : bytes)
}
