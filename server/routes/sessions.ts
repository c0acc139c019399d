import { Hono } from 'hono'
import { z } from 'zod'
import { userName } from '#contract/wire/access.ts'
import { endSession } from '../../records/sessions.ts'
import { findOwner, mayEnd } from '../access/owner.ts'
import { type ApiEnv, noteUnseen } from '../access/request-scope.ts'
import { query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { findSessionById, listSessions } from '../views/session-list.ts'
import { limit } from './paging.ts'

const listQuery = z.object({
  user: userName.optional(),
  cursor: z.string().max(40).optional(),
  limit,
})

/** The browsers that the caller is signed in with; those of others for operators. */
export function sessionListRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const scope = c.get('scope')
      const { user, cursor: before, limit: size } = c.req.valid('query')
      const userId = await findOwner(scope, user)
      const current = scope.caller.session?.id
      return c.json(await listSessions(scope.farm, { userId, before, limit: size, current }))
    })
    .delete('/:id', async (c) => {
      const scope = c.get('scope')
      const id = c.req.param('id')
      const found = await findSessionById(scope.farm, id)
      if (found !== undefined && mayEnd(scope, found.user_id)) {
        await endSession(scope, id)
        return c.body(null, 204)
      }
      await noteUnseen(scope, id.slice(0, 40), Promise.resolve(found))
      throw new Refusal('not_found', `there is no session ${id.slice(0, 40)}`)
    })
}
