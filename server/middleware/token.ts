import { createHash, timingSafeEqual } from 'node:crypto'
import { createMiddleware } from 'hono/factory'
import { Refusal } from '../refusal.ts'

/** Lets only holders of the token pass. Without a token configured everyone passes: the server then listens on loopback only. */
export function requireToken(token: string | undefined) {
  const expected = token === undefined ? undefined : digest(token)
  return createMiddleware(async (c, next) => {
    if (expected !== undefined) {
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
