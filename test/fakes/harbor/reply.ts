export interface Call {
  readonly method: string
  /** Decoded once, as the proxy in front of Harbor does. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** Where the caller reached the server. */
  readonly origin: string
  readonly requestId: string
}

export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface Route {
  readonly method: string
  readonly pattern: RegExp
  readonly answer: (call: Call, parts: readonly string[]) => Reply | Promise<Reply>
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, body, headers: { 'content-type': 'application/json', ...headers } }
}

/** In the form of 2.5. */
export function failure(status: number, code: string, message: string): Reply {
  return json({ errors: [{ code, message }] }, status)
}

export const notFound = (what: string) => failure(404, 'NOT_FOUND', `${what} not found`)
export const created = (location: string): Reply => ({ status: 201, headers: { location } })
export const done: Reply = { status: 200 }

export function readBody(call: Call): Record<string, unknown> {
  try {
    return JSON.parse(call.body.toString() || '{}') as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Pages as 2.4 has them: ten rows unless asked for, a hundred at most, total and links in headers. */
export function page(call: Call, rows: readonly unknown[]): Reply {
  const number = Number(call.query.get('page') ?? 1)
  const size = Number(call.query.get('page_size') ?? 10)
  if (size > 100) return failure(422, 'BAD_REQUEST', 'page_size in query should be less than 100')
  const from = (number - 1) * size
  return json(rows.slice(from, from + size), 200, { 'x-total-count': String(rows.length) })
}
