import { type Http2Session, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Duplex } from 'node:stream'
import { grpcCode } from '../error.ts'
import { nextDrain } from './drain.ts'
import { decodeFrames, encodeFrame, encodeFrameStart } from './frame.ts'
import type { Method } from './method.ts'

const windowSize = 8 * 1024 * 1024
/** A .dockerignore comes as one header a line; Node's default of 128 headers would refuse longer ones. */
const maxHeaderListPairs = 100_000
const maxHeaderListSize = 16 * 1024 * 1024

export interface ServedCall<Request, Response> {
  readonly requests: AsyncIterable<Request>
  /** Waits while the other side does not read. @throws Error when the call has ended meanwhile. */
  send(...responses: readonly Response[]): Promise<void>
  /** The same for one large field of bytes, added to the response without a copy. */
  sendBytes(response: Response, field: number, bytes: Uint8Array): Promise<void>
  /** By name in lower case; the values of a repeated header apart, for a value may itself contain a comma. */
  readonly metadata: ReadonlyMap<string, readonly string[]>
}

export interface Handler {
  readonly path: string
  readonly handle: (stream: ServerHttp2Stream, rawHeaders: readonly string[]) => Promise<void>
}

/** Thrown by a handler to answer with a status of its own. */
export class ServedError extends Error {
  override readonly name = 'ServedError'
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export function streaming<A, B>(
  method: Method<A, B>,
  handle: (call: ServedCall<A, B>) => Promise<void>,
): Handler {
  return {
    path: method.path,
    handle: async (stream, raw) =>
      handle({
        requests: decodeAll(stream, method),
        ...createSender(stream, method),
        metadata: readMetadata(raw),
      }),
  }
}

function createSender<A, B>(
  stream: ServerHttp2Stream,
  { response: codec }: Method<A, B>,
): Pick<ServedCall<A, B>, 'send' | 'sendBytes'> {
  let drained: Promise<void> | undefined
  const write = async (...chunks: readonly Uint8Array[]) => {
    if (!stream.writable) throw new Error('the call has ended')
    // What is sent in one turn goes out as one: a write of its own costs as much as some hundred small messages.
    if (stream.writableCorked === 0) {
      stream.cork()
      process.nextTick(() => stream.uncork())
    }
    const isTaken = chunks.map((chunk) => stream.write(chunk))
    if (isTaken.at(-1) !== false) return
    // All who wait share one listener.
    drained ??= nextDrain(stream).finally(() => (drained = undefined))
    await drained
  }
  return {
    send: async (...responses) =>
      write(Buffer.concat(responses.map((one) => encodeFrame(codec.encode(one).finish())))),
    sendBytes: async (response, field, bytes) =>
      write(encodeFrameStart(codec.encode(response).finish(), field, bytes.length), bytes),
  }
}

/** @param raw name, value, name, value and so on, as they came. */
function readMetadata(raw: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const metadata = new Map<string, string[]>()
  for (const [at, name] of raw.entries()) {
    const value = raw[at + 1]
    if (at % 2 === 1 || value === undefined) continue
    const key = name.toLowerCase()
    const values = metadata.get(key)
    if (values === undefined) metadata.set(key, [value])
    else values.push(value)
  }
  return metadata
}

export function unary<A, B>(method: Method<A, B>, reply: (request: A) => Promise<B>): Handler {
  return streaming(method, async (call) => {
    for await (const request of call.requests) return call.send(await reply(request))
  })
}

/** Serves gRPC on a connection that is already open. Only uncompressed messages: the daemon sends no others. */
export function serveOn(connection: Duplex, handlers: readonly Handler[]): Http2Session {
  const session = performServerHandshake(connection, {
    maxHeaderListPairs,
    settings: { initialWindowSize: windowSize, maxHeaderListSize },
  })
  session.on('error', () => undefined)
  session.on('stream', (stream, headers, _flags, rawHeaders) => {
    stream.on('error', () => undefined)
    const handler = handlers.find(({ path }) => path === headers[':path'])
    void answer(stream, rawHeaders, handler)
  })
  return session
}

async function* decodeAll<A, B>(
  stream: ServerHttp2Stream,
  { request }: Method<A, B>,
): AsyncGenerator<A> {
  for await (const bytes of decodeFrames(stream)) yield request.decode(bytes)
}

async function answer(
  stream: ServerHttp2Stream,
  rawHeaders: readonly string[],
  handler: Handler | undefined,
): Promise<void> {
  // A stream is told of a moment after it has come; the connection may have ended since.
  if (stream.closed || stream.destroyed) return
  let status: [code: number, message: string] = [0, '']
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => {
    const [code, message] = status
    stream.sendTrailers({
      'grpc-status': String(code),
      'grpc-message': encodeURIComponent(message),
    })
  })
  try {
    if (handler === undefined) throw new ServedError(grpcCode.unimplemented, 'not served')
    await handler.handle(stream, rawHeaders)
  } catch (error) {
    status =
      error instanceof ServedError ? [error.code, error.message] : [grpcCode.unknown, 'failed']
  }
  if (!stream.closed) stream.end()
}
