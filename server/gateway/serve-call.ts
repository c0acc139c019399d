import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2'
import { incarnationHeader } from '#contract/wire/node.ts'
import { type NodeAuth, unheard } from '../joining/authenticate-node.ts'
import type { TellRefusal } from '../joining/tell-refusal.ts'
import { encodeMessage, readMessage } from './message.ts'
import { type Method, methods, type Rules } from './methods.ts'
import { CallFailed, CallRefused, unavailable } from './status.ts'
import type { Upstream } from './upstream.ts'

export interface CallDeps extends Rules {
  readonly nodeAuth: NodeAuth
  readonly tellRefusal: TellRefusal
  readonly upstream: Upstream
}

/** Within which a message that has begun goes on. */
const maxReadMs = 20_000
/** Longer than any poll waits. */
const maxCallMs = 120_000
const over = unavailable('the call has ended')
/** Of what an agent sends, this is passed on: what Temporal's own clients send. */
const passedHeaders = [
  'temporal-namespace',
  'client-name',
  'client-version',
  'user-agent',
  'grpc-timeout',
] as const

/**
 * Answers one call of a node, and ends it with a status in any case.
 * @param begin is told which node calls, before anything is waited for.
 */
export async function serveCall(
  deps: CallDeps,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  begin: (node: string) => void,
): Promise<void> {
  let trailers: Readonly<Record<string, string>> = { 'grpc-status': '0' }
  let answer: Uint8Array | undefined
  try {
    answer = await ask(deps, stream, headers, begin)
  } catch (error) {
    ;({ trailers } = failureOf(error))
  }
  if (stream.closed || stream.destroyed) return
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(answer && encodeMessage(answer))
}

async function ask(
  deps: CallDeps,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  begin: (node: string) => void,
): Promise<Uint8Array> {
  const path = headers[':path'] ?? ''
  const node = await authenticate(deps, headers)
  if (stream.destroyed) throw unavailable('the call has ended')
  begin(node)
  const method = methods.get(path)
  const message = await readRequest(deps, { node, path, method }, stream)
  using limit = limitCall(stream)
  const { signal } = limit
  try {
    const reply = await deps.upstream.call({ path, headers: pick(headers), message, signal })
    return method?.answer?.(deps, node, reply) ?? reply
  } catch (error) {
    throw error instanceof CallFailed ? error : unavailable('Temporal cannot be understood')
  }
}

/** What Temporal is to be asked. @throws CallRefused, of which the farm keeps a row, for what a node may not ask. */
async function readRequest(
  deps: CallDeps,
  { node, path, method }: { node: string; path: string; method: Method | undefined },
  stream: ServerHttp2Stream,
): Promise<Uint8Array> {
  try {
    if (method === undefined) throw new CallRefused('unimplemented', 'not served to nodes')
    stream.setTimeout(maxReadMs, () => stream.close(constants.NGHTTP2_CANCEL))
    const message = await readMessage(stream)
    stream.setTimeout(0)
    return await method.request(deps, node, message)
  } catch (error) {
    const failure = failureOf(error)
    if (failure instanceof CallRefused) {
      const object = method === undefined ? 'a method that is not served' : path
      await deps.tellRefusal({ actor: node, object, because: failure.because })
    }
    throw failure
  }
}

async function authenticate(
  { nodeAuth, tellRefusal }: CallDeps,
  { authorization = '', [incarnationHeader]: incarnation }: IncomingHttpHeaders,
): Promise<string> {
  const credential = /^Bearer (\S+)$/.exec(authorization)?.[1] ?? ''
  const node = await nodeAuth.authenticate(credential, incarnation?.toString())
  if (node !== undefined && node.unheard === undefined) return node.id
  const because = node?.unheard === undefined ? 'no valid credential' : unheard[node.unheard]
  await tellRefusal({ actor: node?.id ?? 'unknown', object: 'gateway', because })
  throw new CallRefused('unauthenticated', because)
}

/** A message that cannot be read is refused; whatever else went wrong here may go well the next time. */
function failureOf(error: unknown): CallFailed {
  if (error instanceof CallFailed) return error
  const isUnreadable =
    error instanceof RangeError || error instanceof TypeError || error instanceof SyntaxError
  return isUnreadable
    ? new CallRefused('invalidArgument', 'the message cannot be read')
    : unavailable('the server cannot ask Temporal')
}

/**
 * Aborts when nobody waits for the call any more, or nobody should. By one signal with a reason that is there: each poll would
 * make and hold several of them otherwise, and an error.
 */
function limitCall(stream: ServerHttp2Stream): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController()
  const abort = () => controller.abort(over)
  const timer = setTimeout(abort, maxCallMs)
  stream.on('close', abort)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      stream.off('close', abort)
    },
  }
}

function pick(headers: IncomingHttpHeaders): Readonly<Record<string, string>> {
  return Object.fromEntries(
    passedHeaders.flatMap((name) => {
      const value = headers[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )
}
