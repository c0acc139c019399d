import { createHash, timingSafeEqual } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import { Refusal } from '../refusal.ts'

const localHost = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/i

/**
 * Lets only holders of the token pass. Without a token configured everyone on this machine passes: the server then
 * listens on loopback only, and a name that a web page has bent to loopback is not answered.
 */
export function requireToken(token: string | undefined) {
  const expected = token === undefined ? undefined : digest(token)
  return createMiddleware(async (c, next) => {
    if (expected === undefined) {
      if (!localHost.test(c.req.header('host') ?? '')) throw new Refusal('unauthenticated')
    } else {
      const given = /^Bearer ([\x21-\x7e]+)$/.exec(c.req.header('authorization') ?? '')?.[1]
      if (given === undefined || !timingSafeEqual(digest(given), expected)) {
        throw new Refusal('unauthenticated')
      }
    }
    await next()
  })
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
