import { sql } from 'kysely'
import { Hono } from 'hono'
import type { ServerDeps } from '../deps.ts'
import { Refusal } from '../refusal.ts'

/** `/healthz`: the process answers. `/readyz`: it can also do its work, which takes the database. */
export function healthRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      await sql`select 1`.execute(deps.db).catch((error: unknown) => {
        deps.log.warn({ err: error }, 'database does not answer')
        throw new Refusal('unavailable', 'the database does not answer')
      })
      return c.json({ status: 'ok' })
    })
}
