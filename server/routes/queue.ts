import { Hono } from 'hono'
import { changeProjectQueue, changeQueue } from '#contract/wire/queue.ts'
import { queueCursor } from '#contract/wire/queue-page.ts'
import { changeFarmShare, changeShare } from '../../records/shares.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { showFarmQueue, showProjectQueue, showQueue } from '../views/queue.ts'
import { getProject } from './get-project.ts'
import { languageQuery } from './language.ts'
import { limit } from './paging.ts'

const maxBytes = 4096

const pageQuery = languageQuery.extend({ cursor: queueCursor.optional(), limit })

/** The queue of the farm: builds that wait for a node. */
export function queueRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(pageQuery), async (c) => {
      const { cursor: after, limit: size, lang: language } = c.req.valid('query')
      return c.json(await showQueue(c.get('scope'), { after, limit: size, language }))
    })
    .patch('/', limitBody(maxBytes), requireJson, jsonBody(changeQueue), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      await changeFarmShare(scope, c.req.valid('json'))
      return c.json(await showFarmQueue(scope))
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
