import { type EventEmitter, once } from 'node:events'
import {
  constants,
  createSecureServer,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { type CallDeps, serveCall } from './serve-call.ts'

export interface GatewayListen {
  readonly hostname: string
  /** 0: any that is free. */
  readonly port: number
  /** PEM. Without it the gateway speaks in the clear. */
  readonly tls?: { readonly cert: Buffer; readonly key: Buffer } | undefined
}

export interface Gateway extends AsyncDisposable {
  readonly port: number
  /** Serves a connection that came to another door. */
  accept(connection: Socket): void
  /** Ends all that these nodes wait for here. */
  shutOut(nodes: readonly string[]): void
}

/** A node asks again long before that; who never asks anything has no business here. */
const idleMs = 150_000
/** More than a node has slots to work in. */
const settings = { maxConcurrentStreams: 256 }

/**
 * Temporal as nodes see it: a node proves itself, asks for the tasks of its own queue and answers those, and there is
 * nothing else. Nodes hold no credential of Temporal's, for whoever may poll there may poll any queue.
 */
export async function openGateway(deps: CallDeps, listen: GatewayListen): Promise<Gateway> {
  const sessions = new Set<ServerHttp2Session>()
  const waiting = new Map<ServerHttp2Stream, string>()
  const { hostname, port, tls } = listen
  const attach = (server: EventEmitter) => {
    server.on('session', (session: ServerHttp2Session) => {
      sessions.add(session)
      session.setTimeout(idleMs, () => session.destroy())
      session.on('error', () => undefined)
      session.on('close', () => sessions.delete(session))
    })
    server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on('error', () => undefined)
      stream.on('close', () => waiting.delete(stream))
      void serveCall(deps, stream, headers, (node) => waiting.set(stream, node))
    })
  }
  const server =
    tls === undefined ? createServer({ settings }) : createSecureServer({ ...tls, settings })
  const inner = createServer({ settings })
  for (const each of [server, inner]) attach(each)
  server.listen(port, hostname)
  await once(server, 'listening')
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    port: (server.address() as AddressInfo).port,
    accept: (connection) => void inner.emit('connection', connection),
    shutOut: (nodes) => {
      for (const [stream, node] of waiting) {
        if (nodes.includes(node)) stream.close(constants.NGHTTP2_CANCEL)
      }
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.destroy()
      await closed
    },
  }
}
