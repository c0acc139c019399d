import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import type { TemporalAccess } from '../../temporal/temporal-access.ts'
import { encodeMessage, readMessage } from './message.ts'
import { CallFailed, unavailable } from './status.ts'

export interface UpstreamCall {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly message: Uint8Array
  readonly signal: AbortSignal
}

/** One connection to Temporal for all agents, made anew when it is lost. */
export interface Upstream extends Disposable {
  /** @throws CallFailed as Temporal ends the call, or `unavailable` when it does not answer. */
  call(call: UpstreamCall): Promise<Uint8Array>
}

const passedTrailers = ['grpc-status', 'grpc-message', 'grpc-status-details-bin'] as const

/** How often an idle connection is tried, and how long an answer may take. */
const pingMs = 15_000

export interface UpstreamOptions extends TemporalAccess {
  /** `host:port` */
  readonly address: string
  readonly namespace: string
}

export function createUpstream(options: UpstreamOptions): Upstream {
  let session: ClientHttp2Session | undefined
  const timer = setInterval(() => session && tryConnection(session), pingMs).unref()
  const open = () => {
    if (session === undefined || session.closed || session.destroyed) {
      session = openSession(options)
      // Every call hears of a broken connection through its own stream.
      session.on('error', () => undefined)
    }
    return session
  }
  return {
    call: async ({ path, headers, message, signal }) => {
      signal.throwIfAborted()
      const stream = open().request({
        ':method': 'POST',
        ':path': path,
        'content-type': 'application/grpc',
        te: 'trailers',
        ...headers,
        ...loginOf(options),
      })
      const abort = () => stream.close(constants.NGHTTP2_CANCEL)
      signal.addEventListener('abort', abort, { once: true })
      try {
        return await exchange(stream, message)
      } finally {
        signal.removeEventListener('abort', abort)
        stream.close(constants.NGHTTP2_CANCEL)
      }
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
      session?.destroy()
    },
  }
}

function openSession({ address, tls }: UpstreamOptions): ClientHttp2Session {
  const settings = { enablePush: false }
  if (tls === undefined) return connect(`http://${address}`, { settings })
  const { serverRootCACertificate: ca, serverNameOverride: servername, clientCertPair } = tls
  return connect(`https://${address}`, {
    settings,
    ...(ca && { ca }),
    ...(servername !== undefined && { servername }),
    ...(clientCertPair && { cert: clientCertPair.crt, key: clientCertPair.key }),
  })
}

/** A Temporal with keys tells by the header which namespace a key is to be good for. */
function loginOf({ apiKey, namespace }: UpstreamOptions): Readonly<Record<string, string>> {
  if (apiKey === undefined) return {}
  return { authorization: `Bearer ${apiKey}`, 'temporal-namespace': namespace }
}

/** Ends a connection on which nothing comes back any more, and with it every call that waits there. */
function tryConnection(session: ClientHttp2Session): void {
  if (session.connecting || session.destroyed) return
  const silent = setTimeout(() => session.destroy(), pingMs).unref()
  session.ping((error) => {
    clearTimeout(silent)
    if (error) session.destroy()
  })
}

async function exchange(stream: ClientHttp2Stream, message: Uint8Array): Promise<Uint8Array> {
  const ended = endOf(stream)
  stream.end(encodeMessage(message))
  const answer = readMessage(stream)
  // The status says more than an answer that is not there; one that cannot be read has none.
  answer.catch(() => stream.close(constants.NGHTTP2_CANCEL))
  const trailers = await ended
  if (trailers['grpc-status'] !== '0') throw new CallFailed(trailers)
  return answer
}

/** The trailers of a call; a connection that was lost ends it with `unavailable`. */
async function endOf(stream: ClientHttp2Stream): Promise<Readonly<Record<string, string>>> {
  const { promise, resolve } = Promise.withResolvers<IncomingHttpHeaders | undefined>()
  let found: IncomingHttpHeaders | undefined
  // A call that fails at once has its status in the headers.
  stream.on('response', (headers) => (found = 'grpc-status' in headers ? headers : undefined))
  stream.on('trailers', (trailers) => (found = trailers))
  stream.on('error', () => undefined)
  stream.on('close', () => resolve(found))
  const headers = await promise
  if (headers?.['grpc-status'] === undefined) {
    throw unavailable('Temporal does not answer')
  }
  return Object.fromEntries(
    passedTrailers.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, String(value)]]
    }),
  )
}
