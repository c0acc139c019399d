import { Hono } from 'hono'
import { findLacks } from '../../observation/serve-observation.ts'
import type { ServerDeps } from '../deps.ts'
import { needsOf } from '../needs.ts'
import { Refusal } from '../refusal.ts'

/** `/healthz`: the process answers. `/readyz`: it can also do its work, which takes the database. */
export function healthRoutes(deps: ServerDeps) {
  const needs = needsOf(deps)
  const never = new AbortController().signal
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const lacks = await findLacks(needs, never)
      if (lacks.length > 0) {
        const words = lacks.map(({ name, reason }) => `${name}: ${reason}`)
        throw new Refusal('unavailable', words.join('; '))
      }
      return c.json({ status: 'ok' })
    })
}
