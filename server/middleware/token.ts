import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { Refusal } from '../refusal.ts'
import { isSameToken } from '../joining/token.ts'

const localHost = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i

/**
 * Lets only holders of the token pass. Without a token configured everyone on this machine passes: the server then
 * listens on loopback only, and neither a name that a web page has bent to loopback is answered nor a page of another
 * address.
 */
export function requireToken(expected: string | undefined) {
  return createMiddleware(async (c, next) => {
    if (expected === undefined) {
      const host = c.req.header('host') ?? ''
      if (!localHost.test(host) || isForeign(c.req.header('origin'), host)) {
        throw new Refusal('unauthenticated')
      }
    } else if (!isSameToken(bearerOf(c), expected)) throw new Refusal('unauthenticated')
    await next()
  })
}

/** Whether a page of another address asks. Who is no browser names none. */
function isForeign(origin: string | undefined, host: string): boolean {
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`
}

/** The token that a request brings; empty when there is none. */
export function bearerOf(c: Context): string {
  return /^Bearer ([\x21-\x7e]+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
}
