import { Hono } from 'hono'
import { z } from 'zod'
import type { ServerDeps } from '../deps.ts'
import { query } from '../middleware/json-body.ts'
import { listNodes } from '../views/fleet.ts'
import { limit } from './paging.ts'

const listQuery = z.object({ cursor: z.string().max(40).optional(), limit })

export function nodeRoutes(deps: ServerDeps) {
  return new Hono().get('/', query(listQuery), async (c) => {
    const { cursor: after, limit: size } = c.req.valid('query')
    return c.json(await listNodes(deps.db, { after, limit: size }))
  })
}
