import { problemAnswer } from '#contract/wire/answers/problem.ts'
import { ServerError } from './server-error.ts'

/** Which server is asked, and as whom. */
export interface Connection {
  readonly server: URL
  readonly token: string | undefined
  readonly fetch: typeof fetch
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Query
  /** Sent as JSON. */
  readonly body?: object
  /** Sent as it comes, with its media type. */
  readonly stream?: { readonly type: string; readonly bytes: ReadableStream<Uint8Array> }
  readonly headers?: Readonly<Record<string, string>>
  /** Ends it; without one a request has 30 s. */
  readonly signal?: AbortSignal
}

/** What reads an answer. @throws an error when it is of another shape. */
export interface Reader<T> {
  parse(value: unknown): T
}

const limitMs = 30_000
const maxRetryAfterMs = 5 * 60_000

/** Sends a request. @returns an answer that says yes. @throws ServerError */
export async function send(connection: Connection, ask: Ask): Promise<Response> {
  const { method = 'GET', path, query = {}, body, stream, signal } = ask
  const url = new URL(path, connection.server)
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value))
  }
  const operation = `${method} ${url.pathname}`
  const init = {
    method,
    headers: headersOf(connection, ask),
    signal: signal ?? AbortSignal.timeout(limitMs),
    ...(body && { body: JSON.stringify(body) }),
    ...(stream && { body: stream.bytes, duplex: 'half' as const }),
  }
  const reply = await connection.fetch(url, init).catch((error: unknown) => {
    if (signal?.aborted === true) throw signal.reason
    throw new ServerError(operation, { cause: error })
  })
  if (reply.ok) return reply
  const problem = problemAnswer.safeParse(await reply.json().catch(() => undefined)).data
  const retryAfterMs = readRetryAfter(reply.headers.get('retry-after'))
  throw new ServerError(operation, {
    status: reply.status,
    retryAfterMs,
    ...(problem && { problem }),
  })
}

/** In seconds, as servers of Kiln say it. */
function readRetryAfter(said: string | null): number | undefined {
  const seconds = Number(said ?? '')
  return seconds > 0 ? Math.min(seconds * 1000, maxRetryAfterMs) : undefined
}

/** @throws ServerError also when the answer is of another shape than it should be. */
export async function readAnswer<T>(
  connection: Connection,
  ask: Ask,
  reader: Reader<T>,
): Promise<T> {
  const reply = await send(connection, ask)
  try {
    return reader.parse(await reply.json())
  } catch (error) {
    throw new ServerError(`${ask.method ?? 'GET'} ${ask.path}`, {
      status: reply.status,
      cause: error,
    })
  }
}

function headersOf({ token }: Connection, { body, stream, headers }: Ask): Record<string, string> {
  return {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
    ...(stream && { 'content-type': stream.type }),
    ...headers,
  }
}
