import { Hono } from 'hono'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { showRegistry } from '../views/registry.ts'

export function registryRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>().get('/', async (c) => c.json(await showRegistry(deps, c.get('scope'))))
}
