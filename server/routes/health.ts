import { Hono } from 'hono'
import { findLacks } from '../../observation/serve-observation.ts'
import type { ServerDeps } from '../deps.ts'
import { needsOf } from '../needs.ts'
import { Refusal } from '../refusal.ts'

/**
 * `/healthz`: the process answers. `/readyz`: it can also do its work, which takes the database, and is not being stopped:
 * whoever spreads requests over servers is to send it no more.
 */
export function healthRoutes(deps: Pick<ServerDeps, 'db' | 'log'>, stopping: AbortSignal) {
  const needs = needsOf(deps)
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const lacks = await findLacks(needs, stopping)
      if (lacks.length > 0) {
        const words = lacks.map(({ name, reason }) => `${name}: ${reason}`)
        throw new Refusal('unavailable', words.join('; '))
      }
      return c.json({ status: 'ok' })
    })
}
