import { createMiddleware } from 'hono/factory'
import type { Logger } from 'pino'

/** One line a request. Paths hold ids only; bodies and headers are never logged. */
export function accessLog(log: Logger, now: () => number) {
  return createMiddleware(async (c, next) => {
    const startedAt = now()
    await next()
    const { method, path } = c.req
    log.debug({ method, path, status: c.res.status, ms: now() - startedAt }, 'request')
  })
}
