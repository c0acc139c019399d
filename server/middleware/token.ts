import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { Refusal } from '../refusal.ts'
import { isSameToken } from './is-same-token.ts'

const localHost = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i

/**
 * Lets only holders of the token pass. Without a token configured everyone on this machine passes: the server then
 * listens on loopback only, and a name that a web page has bent to loopback is not answered.
 */
export function requireToken(expected: string | undefined) {
  return createMiddleware(async (c, next) => {
    if (expected === undefined) {
      if (!localHost.test(c.req.header('host') ?? '')) throw new Refusal('unauthenticated')
    } else if (!isSameToken(bearerOf(c), expected)) throw new Refusal('unauthenticated')
    await next()
  })
}

/** The token that a request brings; empty when there is none. */
export function bearerOf(c: Context): string {
  return /^Bearer ([\x21-\x7e]+)$/.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
}
