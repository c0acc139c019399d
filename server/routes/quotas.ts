import { Hono } from 'hono'
import { changeQuotas as changeSchema } from '#contract/wire/quota.ts'
import { changeQuotas } from '../../records/quotas.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import { showQuotas } from '../views/quotas.ts'
import { getProject } from './get-project.ts'

const maxBytes = 4096

/** What a project may have only so much of: its members see it, operators decide it. */
export function quotaRoutes() {
  return new Hono<ApiEnv>()
    .get('/:project/quotas', async (c) => {
      const scope = c.get('scope')
      const { id } = await getProject(scope, c.req.param('project'), 'read')
      return c.json(await showQuotas(scope, id))
    })
    .patch(
      '/:project/quotas',
      limitBody(maxBytes),
      requireJson,
      jsonBody(changeSchema),
      async (c) => {
        const scope = c.get('scope')
        const project = await getProject(scope, c.req.param('project'), 'read')
        requireOperator(scope)
        await changeQuotas(scope, project, c.req.valid('json'))
        return c.json(await showQuotas(scope, project.id))
      },
    )
}
