import { Hono } from 'hono'
import { changeProjectQueue, changeQueue } from '#contract/wire/queue.ts'
import { changeFarmShare, changeShare } from '../../records/shares.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import { showProjectQueue, showQueue } from '../views/queue.ts'
import { getProject } from './get-project.ts'

const maxBytes = 4096

/** The queue of the farm: builds that wait for a node. */
export function queueRoutes() {
  return new Hono<ApiEnv>()
    .get('/', async (c) => c.json(await showQueue(c.get('scope'))))
    .patch('/', limitBody(maxBytes), requireJson, jsonBody(changeQueue), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      await changeFarmShare(scope, c.req.valid('json'))
      return c.json(await showQueue(scope))
    })
}

/** A project's part in it, which its members see and operators decide about. */
export function projectQueueRoutes() {
  return new Hono<ApiEnv>()
    .get('/:project/queue', async (c) => {
      const scope = c.get('scope')
      const { id } = await getProject(scope, c.req.param('project'), 'read')
      return c.json(await showProjectQueue(scope, id))
    })
    .patch(
      '/:project/queue',
      limitBody(maxBytes),
      requireJson,
      jsonBody(changeProjectQueue),
      async (c) => {
        const scope = c.get('scope')
        const project = await getProject(scope, c.req.param('project'), 'read')
        requireOperator(scope)
        await changeShare(scope, project, c.req.valid('json'))
        return c.json(await showProjectQueue(scope, project.id))
      },
    )
}
