import { Hono } from 'hono'
import { z } from 'zod'
import { newToken, userName } from '#contract/wire/access.ts'
import { revokeApiToken } from '../../records/api-tokens.ts'
import { makeToken } from '../access/make-token.ts'
import { findOwner, mayEnd } from '../access/owner.ts'
import { type ApiEnv, noteUnseen } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { findToken, listTokens, showToken } from '../views/token-list.ts'
import { limit } from './paging.ts'

const maxBytes = 4096
const listQuery = z.object({
  user: userName.optional(),
  cursor: z.string().max(40).optional(),
  limit,
})

/** Tokens of the caller; those of others for operators. */
export function tokenRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const scope = c.get('scope')
      const { user, cursor: before, limit: size } = c.req.valid('query')
      const userId = await findOwner(scope, user)
      return c.json(await listTokens(scope.farm, { userId, before, limit: size }))
    })
    .post('/', limitBody(maxBytes), requireJson, jsonBody(newToken), async (c) => {
      const scope = c.get('scope')
      const { id, token } = await makeToken(deps, scope, c.req.valid('json'))
      const stored = await findToken(scope.farm, id)
      return c.json({ ...(stored && showToken(stored)), token }, 201, {
        'cache-control': 'no-store',
      })
    })
    .delete('/:id', async (c) => {
      const scope = c.get('scope')
      const id = c.req.param('id')
      const found = await findToken(scope.farm, id)
      if (found !== undefined && mayEnd(scope, found.user_id)) {
        await revokeApiToken(scope, id)
        return c.body(null, 204)
      }
      await noteUnseen(scope, id.slice(0, 40), Promise.resolve(found))
      throw new Refusal('not_found', `there is no token ${id.slice(0, 40)}`)
    })
}
