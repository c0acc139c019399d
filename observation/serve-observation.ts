import { timingSafeEqual, createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'

/** Something that a process needs for its work. */
export interface Need {
  readonly name: string
  /** @returns why it cannot be had, in words, or nothing when it can. A rejection is a reason too. */
  readonly look: () => Promise<string | undefined>
}

export interface Observation {
  readonly hostname: string
  readonly port: number
  /** What whoever reads the metrics must bring; on loopback nothing. */
  readonly token: string | undefined
  readonly metrics: Registry
  /** What it takes to be ready. */
  readonly needs: readonly Need[]
  /** Aborted as soon as the process begins to stop: it is ready no more. */
  readonly stopping: AbortSignal
}

const lookLimitMs = 2_000

/**
 * Shows how a process is, on a port of its own: `/healthz` while it answers at all, `/readyz` with what keeps it from
 * working, `/metrics` for Prometheus. Disposing closes the port.
 */
export async function serveObservation(
  options: Observation,
): Promise<AsyncDisposable & { readonly port: number }> {
  const http = createServer((request, response) => {
    answer(options, request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  http.headersTimeout = 10_000
  http.listen({ host: options.hostname, port: options.port })
  await once(http, 'listening')
  // It must not keep a process that has nothing else to do.
  http.unref()
  return {
    port: portOf(http),
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

function portOf(http: Server): number {
  const address = http.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function answer(
  { metrics, needs, stopping, token }: Observation,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?', 1)[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response, 405)
  if (path === '/healthz') return end(response, 200, { status: 'ok' })
  if (path === '/readyz') {
    const lacks = await findLacks(needs, stopping)
    if (lacks.length === 0) return end(response, 200, { status: 'ok' })
    return end(response, 503, { status: 'not ready', lacks })
  }
  if (path !== '/metrics') return end(response, 404)
  if (token !== undefined && !isSame(request.headers.authorization ?? '', `Bearer ${token}`)) {
    return end(response, 401)
  }
  const text = await metrics.metrics()
  response.writeHead(200, { 'content-type': metrics.contentType }).end(text)
}

/** What keeps a process from its work, each with its reason. */
export async function findLacks(
  needs: readonly Need[],
  stopping: AbortSignal,
): Promise<readonly { readonly name: string; readonly reason: string }[]> {
  if (stopping.aborted) return [{ name: 'process', reason: 'it is being stopped' }]
  const looked = await Promise.all(
    needs.map(async ({ name, look }) => ({ name, reason: await lookOnce(look) })),
  )
  return looked.flatMap(({ name, reason }) => (reason === undefined ? [] : [{ name, reason }]))
}

async function lookOnce(look: Need['look']): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve('it does not answer'), lookLimitMs)
  try {
    return await Promise.race([look(), promise])
  } catch {
    return 'it does not answer'
  } finally {
    clearTimeout(timer)
  }
}

function end(response: ServerResponse, status: number, body?: object): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(body === undefined ? undefined : JSON.stringify(body))
}

/** Digests are compared, so that the time taken tells nothing, not even how long it is. */
function isSame(given: string, wanted: string): boolean {
  const [a, b] = [given, wanted].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
