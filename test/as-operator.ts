import { createMiddleware } from 'hono/factory'
import type { Pool } from '../records/connect.ts'
import { operator } from '../server/access/caller.ts'
import { type ApiEnv, openScope } from '../server/access/request-scope.ts'

/** For routes without the app around them: who calls is an operator. */
export function asOperator(db: Pool) {
  const scope = openScope(
    { db, fence: { for: () => db }, tellRefusal: async () => undefined },
    operator,
    async () => operator,
  )
  return createMiddleware<ApiEnv>(async (c, next) => {
    c.set('scope', scope)
    await next()
  })
}
