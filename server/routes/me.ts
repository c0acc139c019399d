import { Hono } from 'hono'
import type { ApiEnv } from '../access/request-scope.ts'
import { showCaller } from '../views/caller.ts'

/** Who the caller is, and what they may do. */
export function meRoutes() {
  return new Hono<ApiEnv>().get('/', async (c) => c.json(await showCaller(c.get('scope'))))
}
