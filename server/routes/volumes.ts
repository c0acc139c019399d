import { Hono } from 'hono'
import { z } from 'zod'
import type { ApiEnv } from '../access/request-scope.ts'
import { query } from '../middleware/json-body.ts'
import { listVolumes } from '../views/volumes.ts'
import { limit } from './paging.ts'

const listQuery = z.object({ cursor: z.string().max(64).optional(), limit })

/** What nodes offer that environments can have in them. */
export function volumeRoutes() {
  return new Hono<ApiEnv>().get('/', query(listQuery), async (c) => {
    const { cursor: after, limit: size } = c.req.valid('query')
    return c.json(await listVolumes(c.get('scope'), { after, limit: size }))
  })
}
