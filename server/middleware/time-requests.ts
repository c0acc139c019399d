import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { ServerMetrics } from '../metrics/server-metrics.ts'

/** Times requests by the route that they met, never by their path: that would make series without end. */
export function timeRequests({ requests }: ServerMetrics) {
  return createMiddleware(async (c, next) => {
    const end = requests.startTimer()
    await next()
    const status = `${Math.floor(c.res.status / 100)}xx`
    end({ method: methodOf(c.req.method), route: routePath(c, -1), status })
  })
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])

/** A client may send any word as the method. */
const methodOf = (method: string) => (methods.has(method) ? method : 'other')
