import { Hono } from 'hono'
import { z } from 'zod'
import {
  cancelWaiting as cancelSchema,
  changeProjectQueue,
  changeQueue,
  changeUserTurns,
  pauseQueue as pauseSchema,
} from '#contract/wire/queue.ts'
import { projectName } from '#contract/wire/project.ts'
import { queueCursor } from '#contract/wire/queue-page.ts'
import { userName } from '#contract/wire/access.ts'
import { cancelWaiting, countWaiting, pauseQueue, resumeQueue } from '../../records/queue-orders.ts'
import { changeFarmShare, changeShare, changeUserWeight } from '../../records/shares.ts'
import { findUser } from '../../records/users.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import { jsonBody, limitBody, parameters, query, requireJson } from '../middleware/json-body.ts'
import { Refusal, refuseField } from '../refusal.ts'
import { showFarmQueue, showProjectQueue, showQueue } from '../views/queue.ts'
import { getProject } from './get-project.ts'
import { languageQuery } from './language.ts'
import { limit } from './paging.ts'

const maxBytes = 4096

const userOfProject = z.object({ project: z.string(), user: userName })

const pageQuery = languageQuery.extend({
  project: projectName.optional(),
  cursor: queueCursor.optional(),
  limit,
})

/** The queue of the farm: builds that wait for a node. */
export function queueRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(pageQuery), async (c) => {
      const { cursor: after, limit: size, lang: language, project } = c.req.valid('query')
      const page = { project, after, limit: size, language }
      return c.json(await showQueue(c.get('scope'), page))
    })
    .patch('/', limitBody(maxBytes), requireJson, jsonBody(changeQueue), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      await changeFarmShare(scope, c.req.valid('json'))
      return c.json(await showFarmQueue(scope))
    })
    .post('/pause', limitBody(maxBytes), requireJson, jsonBody(pauseSchema), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      await pauseQueue(scope, c.req.valid('json').reason)
      return c.json(await showFarmQueue(scope))
    })
    .post('/resume', async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      await resumeQueue(scope)
      return c.json(await showFarmQueue(scope))
    })
    .post('/cancel', limitBody(maxBytes), requireJson, jsonBody(cancelSchema), async (c) => {
      const scope = c.get('scope')
      requireOperator(scope)
      const { filter, at_most: most } = c.req.valid('json')
      const count = await countWaiting(scope.farm, filter)
      if (most === undefined) return c.json({ count, cancelled: 0 })
      if (count > most) throw new Refusal('more_than_expected', `${count} builds wait`)
      return c.json({ count, cancelled: await cancelWaiting(scope, filter, most) }, 202)
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
    .patch(
      '/:project/queue/users/:user',
      limitBody(maxBytes),
      requireJson,
      parameters(userOfProject),
      jsonBody(changeUserTurns),
      async (c) => {
        const scope = c.get('scope')
        const { project: owner, user } = c.req.valid('param')
        const project = await getProject(scope, owner, 'admin')
        if ((await findUser(scope.db, user)) === undefined) {
          throw refuseField('user_unknown', 'user', `there is no user "${user}"`)
        }
        const { weight } = c.req.valid('json')
        await changeUserWeight(scope, project, { user, weight })
        return c.json(await showProjectQueue(scope, project.id))
      },
    )
    .post(
      '/:project/queue/pause',
      limitBody(maxBytes),
      requireJson,
      jsonBody(pauseSchema),
      async (c) => {
        const scope = c.get('scope')
        const project = await getProject(scope, c.req.param('project'), 'read')
        requireOperator(scope)
        await pauseQueue(scope, c.req.valid('json').reason, project)
        return c.json(await showProjectQueue(scope, project.id))
      },
    )
    .post('/:project/queue/resume', async (c) => {
      const scope = c.get('scope')
      const project = await getProject(scope, c.req.param('project'), 'read')
      requireOperator(scope)
      await resumeQueue(scope, project)
      return c.json(await showProjectQueue(scope, project.id))
    })
}
