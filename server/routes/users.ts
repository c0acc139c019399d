import { Hono } from 'hono'
import { z } from 'zod'
import { changeUser as changeSchema, newUser, userName } from '#contract/wire/access.ts'
import { changeUser, createUser } from '../../records/users.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listUsers, showUser } from '../views/user-list.ts'
import { limit } from './paging.ts'

const maxBytes = 4096
const listQuery = z.object({ cursor: userName.optional(), limit })
const one = z.object({ user: userName })

/** Who there is. Operators only: members are told of each other by their project. */
export function userRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const { cursor: after, limit: size } = c.req.valid('query')
      return c.json(await listUsers(scope, { after, limit: size }))
    })
    .post('/', limitBody(maxBytes), requireJson, jsonBody(newUser), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const { name, operator } = c.req.valid('json')
      const created = await createUser(scope, { name, isOperator: operator })
      if (created === undefined) throw new Refusal('user_exists', `there is a user "${name}"`)
      return c.json(showUser(created), 201)
    })
    .patch(
      '/:user',
      limitBody(maxBytes),
      requireJson,
      parameters(one),
      jsonBody(changeSchema),
      async (c) => {
        const scope = c.get('scope')
        requireOperator(scope)
        const { user } = c.req.valid('param')
        const changed = await changeUser(scope, user, c.req.valid('json'))
        if (changed === undefined) throw new Refusal('not_found', `there is no user "${user}"`)
        return c.json(showUser(changed))
      },
    )
}
