import { Hono } from 'hono'
import { z } from 'zod'
import type { ApiEnv } from '../access/request-scope.ts'
import { followChanges } from '../changes/follow-changes.ts'
import type { RouteDeps } from '../deps.ts'
import { streamHeaders } from '../logs/sse.ts'
import { streamText } from '../logs/stream-text.ts'
import { whileAllowed } from '../logs/while-allowed.ts'
import { query } from '../middleware/json-body.ts'

/** How long to listen, for who wants an answer that ends. */
const eventsQuery = z.object({ seconds: z.coerce.number().int().min(1).max(86_400).optional() })

/** What changes in the farm, for who shows it. */
export function eventRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>().get('/', query(eventsQuery), (c) => {
    const scope = c.get('scope')
    const { seconds } = c.req.valid('query')
    const events = streamText(
      (reader) => {
        const signal =
          seconds === undefined
            ? reader
            : AbortSignal.any([reader, AbortSignal.timeout(seconds * 1000)])
        return whileAllowed(
          followChanges(deps, scope, signal),
          async () => (await scope.letInNow()) !== undefined,
          deps.clock,
        )
      },
      (err) => deps.log.warn({ err }, 'event stream'),
    )
    return c.body(events, 200, streamHeaders)
  })
}
