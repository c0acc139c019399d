import { Hono } from 'hono'
import { z } from 'zod'
import { memberRole, userName } from '#contract/wire/access.ts'
import { removeMember, setMember } from '../../records/memberships.ts'
import { findUser } from '../../records/users.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { listMembers } from '../views/member-list.ts'
import { getProject } from './get-project.ts'
import { limit } from './paging.ts'

const maxBytes = 4096
const listQuery = z.object({ cursor: userName.optional(), limit })
const one = z.object({ project: z.string(), user: userName })

/** What users are in a project. */
export function memberRoutes() {
  return new Hono<ApiEnv>()
    .get('/:project/members', query(listQuery), async (c) => {
      const scope = c.get('scope')
      const { id: projectId } = await getProject(scope, c.req.param('project'), 'read')
      const { cursor: after, limit: size } = c.req.valid('query')
      return c.json(await listMembers(scope, { projectId, after, limit: size }))
    })
    .put(
      '/:project/members/:user',
      limitBody(maxBytes),
      requireJson,
      parameters(one),
      jsonBody(memberRole),
      async (c) => {
        const scope = c.get('scope')
        const { project: owner, user: name } = c.req.valid('param')
        const project = await getProject(scope, owner, 'admin')
        const user = await findUser(scope.db, name)
        if (user === undefined) {
          throw refuseField('user_unknown', 'user', `there is no user "${name}"`)
        }
        const { role } = c.req.valid('json')
        await setMember(scope, project, user, role)
        return c.json({ user: name, role })
      },
    )
    .delete('/:project/members/:user', parameters(one), async (c) => {
      const scope = c.get('scope')
      const { project: owner, user: name } = c.req.valid('param')
      const project = await getProject(scope, owner, 'admin')
      const user = await findUser(scope.db, name)
      if (user === undefined || !(await removeMember(scope, project, user))) {
        throw new Refusal('not_found', `"${owner}" has no member "${name}"`)
      }
      return c.body(null, 204)
    })
}
