import { Hono } from 'hono'
import { z } from 'zod'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { query } from '../middleware/json-body.ts'
import { showOverview } from '../views/overview.ts'

const maxHours = 24 * 14

const overviewQuery = z.object({
  hours: z.coerce.number().int().min(1).max(maxHours).default(24),
})

/** How builds have fared lately. */
export function overviewRoutes({ now }: RouteDeps) {
  return new Hono<ApiEnv>().get('/', query(overviewQuery), async (c) =>
    c.json(await showOverview(c.get('scope'), { ...c.req.valid('query'), now: now() })),
  )
}
