import { once } from 'node:events'
import { performServerHandshake, type ServerHttp2Session } from 'node:http2'
import type { Logger } from 'pino'
import { createWebSocketStream, WebSocket } from 'ws'
import { pauseAfter } from '#contract/pause-after.ts'
import { maxTunnelStreams, tunnelPath } from '#contract/tunnel.ts'
import { rest } from '../../process/rest.ts'
import { socketOf } from '../../tunnel/socket-of.ts'
import { identityOf } from '../control-plane.ts'
import type { Authority } from '../joining/authority.ts'
import type { ServeStream } from './serve-stream.ts'

export interface DialDeps {
  readonly serverUrl: URL
  readonly credential: { current(): string }
  readonly incarnation: string
  /** That the server's certificate is from. */
  readonly authority: Pick<Authority, 'current'>
  readonly serve: ServeStream
  readonly random: () => number
  readonly log: Logger
}

const pauses = { firstMs: 500, maxMs: 15_000 }
const openLimitMs = 15_000
const pingMs = 10_000

/**
 * Keeps a connection to the server by which it reaches what runs on this node, until the signal aborts: nodes themselves
 * need not be reachable.
 */
export async function keepTunnel(
  deps: DialDeps,
  nodeId: string,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; !signal.aborted; tries += 1) {
    const openedAt = performance.now()
    try {
      await holdTunnel(deps, nodeId, signal)
    } catch (err) {
      if (!signal.aborted) deps.log.warn({ err }, 'tunnel')
    }
    if (performance.now() - openedAt > pauses.maxMs) tries = 1
    await rest(pauseAfter(pauses, tries, deps.random()), signal)
  }
}

/** @returns when the connection has ended. @throws when none comes about. */
async function holdTunnel(deps: DialDeps, nodeId: string, signal: AbortSignal): Promise<void> {
  const url = new URL(tunnelPath(nodeId), deps.serverUrl)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const socket = new WebSocket(url, {
    headers: { ...identityOf(deps.credential.current(), deps.incarnation) },
    ...trusting(deps.authority.current()),
    perMessageDeflate: false,
    handshakeTimeout: openLimitMs,
  })
  // What matters of them is told by the wait for `open`, and by the end of the session.
  socket.on('error', () => undefined)
  const stop = () => socket.terminate()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await once(socket, 'open')
    const settings = { maxConcurrentStreams: maxTunnelStreams }
    const session = performServerHandshake(await socketOf(createWebSocketStream(socket)), {
      settings,
    })
    session.on('stream', (each, headers) => {
      deps.serve(each, headers).catch(() => each.destroy())
    })
    using _ = watchOver(session, stop)
    await once(session, 'close')
  } finally {
    signal.removeEventListener('abort', stop)
    socket.terminate()
  }
}

const trusting = (ca: string | undefined) => (ca === undefined ? {} : { ca })

/** Ends a session whose other end has gone without a word. */
function watchOver(session: ServerHttp2Session, end: () => void): Disposable {
  let isAnswered = true
  session.on('error', end)
  const timer = setInterval(() => {
    if (!isAnswered) return end()
    isAnswered = false
    session.ping((error) => {
      isAnswered = error === null
    })
  }, pingMs)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
