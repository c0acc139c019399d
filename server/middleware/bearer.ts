import type { Context } from 'hono'

/** The token that a request brings; empty when there is none. */
export function bearerOf(c: Context): string {
  return /^Bearer ([\x21-\x7e]+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
}
