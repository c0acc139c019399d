import { Hono } from 'hono'
import { z } from 'zod'
import { maxPutSecretBytes, putSecret, secretName } from '#contract/wire/secret.ts'
import { deleteSecret } from '../../records/secrets.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { listSecrets, showSecret } from '../views/secret-list.ts'
import { getProject } from './get-project.ts'
import { limit } from './paging.ts'

const listQuery = z.object({ cursor: secretName.optional(), limit })
const named = z.object({ project: z.string(), name: secretName })

/** Secrets of a project. What was put is never answered again. */
export function secretRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/:project/secrets', query(listQuery), async (c) => {
      const scope = c.get('scope')
      const { id: projectId } = await getProject(scope, c.req.param('project'), 'build')
      const { cursor: after, limit: size } = c.req.valid('query')
      return c.json(await listSecrets(scope.db, { projectId, after, limit: size }))
    })
    .put(
      '/:project/secrets/:name',
      limitBody(maxPutSecretBytes),
      requireJson,
      parameters(named),
      jsonBody(putSecret),
      async (c) => {
        const { vault } = deps
        const scope = c.get('scope')
        const { project: owner, name } = c.req.valid('param')
        const project = await getProject(scope, owner, 'admin')
        if (vault === undefined) throw new Refusal('secrets_off')
        const value = c.req.valid('json')
        const { isNew, ...stored } = await vault.put(scope, project, name, value)
        value.fill(0)
        return c.json(showSecret(stored), isNew ? 201 : 200)
      },
    )
    .delete('/:project/secrets/:name', parameters(named), async (c) => {
      const scope = c.get('scope')
      const { project: owner, name } = c.req.valid('param')
      const project = await getProject(scope, owner, 'admin')
      if (!(await deleteSecret(scope, project, name))) {
        throw new Refusal('not_found', `there is no secret "${name}" in "${owner}"`)
      }
      return c.body(null, 204)
    })
}
