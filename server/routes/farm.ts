import { Hono } from 'hono'
import packageFile from '../../package.json' with { type: 'json' }
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'

/** Temporal is looked at this often at most, however many ask. */
const knownMs = 5_000

/** What the server is, and whether it reaches what it cannot do without. */
export function farmRoutes({ workflows, now }: Pick<RouteDeps, 'workflows' | 'now'>) {
  let looked: { readonly at: number; readonly workers: Promise<number | null> } | undefined
  const countWorkers = async () => {
    if (looked === undefined || now() - looked.at > knownMs) {
      looked = { at: now(), workers: workflows.countWorkers().catch(() => null) }
    }
    return looked.workers
  }
  return new Hono<ApiEnv>().get('/', async (c) => {
    const workers = await countWorkers()
    return c.json({
      version: packageFile.version,
      now: new Date(now()).toISOString(),
      temporal: { answers: workers !== null, workers },
    })
  })
}
