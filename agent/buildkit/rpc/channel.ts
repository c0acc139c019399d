import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { BuildkitError, grpcCode } from '../error.ts'
import { decodeFrames, encodeFrame } from './frame.ts'
import type { Method } from './method.ts'
import { connectionLost, finish } from './status.ts'

const defaultWindowBytes = 8 * 1024 * 1024

/**
 * The error of a failed build carries the whole Dockerfile in a trailer. Above 64 KiB the HTTP/2 library tears down the
 * connection with every call on it; with a limit announced below that, the daemon resets this one stream only. This
 * setting is why the client stands on node:http2: grpc-js has no option for it.
 */
const maxHeaderListSize = 60_000

export type Metadata = Readonly<Record<string, string | readonly string[]>>

export interface CallOptions {
  readonly signal: AbortSignal
  readonly metadata?: Metadata
}

/** One HTTP/2 connection to a daemon. A build has one of its own, so that no build can break another's. */
export interface Channel extends Disposable {
  unary<A, B>(method: Method<A, B>, request: A, options: CallOptions): Promise<B>
  serverStream<A, B>(method: Method<A, B>, request: A, options: CallOptions): AsyncGenerator<B>
  /** A call that both sides write to; the caller does the framing. */
  open(path: string, options: CallOptions): ClientHttp2Stream
  /** Whether the daemon has taken the connection, whatever became of it. */
  wasTaken(): boolean
}

/**
 * @param address `unix:///path`, `tcp://host:port` or `tls://host:port`. @param windowBytes what may arrive before it is read.
 * @param authority that the certificate is from, in PEM; those of the system when absent.
 */
export function openChannel(
  address: string,
  windowBytes = defaultWindowBytes,
  authority?: string,
): Channel {
  const session = connect('http://localhost', {
    createConnection: () => connectTo(address, authority),
    settings: { enablePush: false, initialWindowSize: windowBytes, maxHeaderListSize },
  })
  let taken = false
  session.on('connect', () => {
    taken = true
    // Also told of a connection that was closed while it was being made.
    if (!session.destroyed) session.setLocalWindowSize(windowBytes)
  })
  // Every call hears of a broken connection through its own stream.
  session.on('error', () => undefined)
  const open: Channel['open'] = (path, options) => openStream(session, path, options)
  return {
    open,
    unary: async <A, B>(method: Method<A, B>, request: A, options: CallOptions) => {
      let first: { readonly reply: B } | undefined
      for await (const reply of exchange(open, method, request, options)) first ??= { reply }
      if (first !== undefined) return first.reply
      throw new BuildkitError(method.path, grpcCode.internal, 'ended without an answer')
    },
    serverStream: (method, request, options) => exchange(open, method, request, options),
    wasTaken: () => taken,
    [Symbol.dispose]: () => session.destroy(),
  }
}

async function* exchange<A, B>(
  open: Channel['open'],
  method: Method<A, B>,
  request: A,
  options: CallOptions,
): AsyncGenerator<B> {
  options.signal.throwIfAborted()
  const stream = open(method.path, options)
  const end = finish(stream, method.path)
  // Awaited below, after the messages; until then a failure must not count as unhandled.
  end.catch(() => undefined)
  try {
    stream.end(encodeFrame(method.request.encode(request).finish()))
    for await (const bytes of decodeFrames(stream)) yield method.response.decode(bytes)
    await end
  } catch (error) {
    options.signal.throwIfAborted()
    // The status says more than the reader, which has only seen the stream end. One that goes on has none yet.
    if (stream.destroyed || stream.readableEnded) await end
    throw unreadableAnswer(method.path, error)
  } finally {
    stream.close(constants.NGHTTP2_CANCEL)
  }
}

/** An answer that breaks the rules: too long, or no message of its type. */
function unreadableAnswer(path: string, error: unknown): BuildkitError {
  const reason = error instanceof Error ? error.message : String(error)
  return new BuildkitError(path, grpcCode.internal, reason, {}, { cause: error })
}

function openStream(
  session: ClientHttp2Session,
  path: string,
  { signal, metadata }: CallOptions,
): ClientHttp2Stream {
  const stream = startStream(session, path, metadata)
  const abort = () => stream.close(constants.NGHTTP2_CANCEL)
  if (signal.aborted) abort()
  else signal.addEventListener('abort', abort, { once: true })
  stream.on('close', () => signal.removeEventListener('abort', abort))
  // The reader and `finish` both see it; without a listener it would end the process.
  stream.on('error', () => undefined)
  return stream
}

function startStream(
  session: ClientHttp2Session,
  path: string,
  metadata: Metadata = {},
): ClientHttp2Stream {
  const headers = Object.entries(metadata).map(([name, value]): [string, string | string[]] => [
    name,
    typeof value === 'string' ? value : [...value],
  ])
  try {
    return session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...Object.fromEntries(headers),
    })
  } catch (error) {
    // A connection that broke earlier takes no further call.
    throw new BuildkitError(path, grpcCode.unavailable, connectionLost, {}, { cause: error })
  }
}

function connectTo(address: string, authority: string | undefined) {
  const unix = /^unix:\/\/(.+)$/.exec(address)?.[1]
  if (unix !== undefined) return connectSocket({ path: unix })
  const { protocol, hostname, port } = new URL(address)
  const where = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) }
  if (protocol !== 'tls:') return connectSocket(where)
  const trust = authority === undefined ? {} : { ca: authority }
  return connectSecurely({ ...where, ALPNProtocols: ['h2'], ...trust })
}
