import { createMiddleware } from 'hono/factory'
import type { RequestIdVariables } from 'hono/request-id'
import type { Logger } from 'pino'

/** One line a request. Paths hold ids only; bodies and headers are never logged. */
export function accessLog(log: Logger, now: () => number) {
  return createMiddleware<{ Variables: RequestIdVariables }>(async (c, next) => {
    const startedAt = now()
    await next()
    const { method, path } = c.req
    const requestId = c.get('requestId')
    log.debug({ requestId, method, path, status: c.res.status, ms: now() - startedAt }, 'request')
  })
}
