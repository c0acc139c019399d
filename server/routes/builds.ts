import { Hono } from 'hono'
import { z } from 'zod'
import { finalStatuses } from '#contract/stage.ts'
import { orderBuild as orderSchema } from '#contract/wire/queue.ts'
import { projectName } from '#contract/wire/project.ts'
import { requestCancel } from '../../records/end-build.ts'
import { findNode } from '../../records/nodes.ts'
import { orderBuild } from '../../records/queue-orders.ts'
import { type ApiEnv, requireOperator } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { foretell } from '../queue/foretell.ts'
import { showBuild, summarise } from '../views/build-detail.ts'
import { showWait } from '../views/queue.ts'
import { listBuilds } from '../views/build-list.ts'
import { listSteps } from '../views/step-list.ts'
import { getBuild } from './get-build.ts'
import { languageQuery } from './language.ts'
import { limit } from './paging.ts'

const maxBytes = 4096

const listQuery = z.object({
  project: projectName.optional(),
  name: z.string().max(256).optional(),
  status: z.enum(['building', ...finalStatuses]).optional(),
  cursor: z.string().max(40).optional(),
  limit,
})

const stepsQuery = z.object({ attempt: z.coerce.number().int().min(1).max(1_000_000).optional() })

export function buildRoutes({ temporalUi }: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const { cursor: before, limit: size, ...filter } = c.req.valid('query')
      return c.json(await listBuilds(c.get('scope'), { ...filter, before, limit: size }))
    })
    .get('/:id', query(languageQuery), async (c) => {
      const scope = c.get('scope')
      const build = await getBuild(scope, c.req.param('id'), 'read')
      // There everybody's builds are shown.
      const ui = scope.projects === 'all' ? temporalUi : undefined
      const language = c.req.valid('query').lang
      const wait = build.stage === 'waiting' ? await foretell(scope.farm, build.id) : undefined
      return c.json(await showBuild(scope.db, build, { temporalUi: ui, language, wait }))
    })
    .get('/:id/steps', query(stepsQuery), async (c) => {
      const scope = c.get('scope')
      const { id, attempt } = await getBuild(scope, c.req.param('id'), 'read')
      const wanted = c.req.valid('query').attempt ?? attempt
      return c.json(await listSteps(scope.db, { buildId: id, attempt: wanted }))
    })
    .patch('/:id', limitBody(maxBytes), requireJson, jsonBody(orderSchema), async (c) => {
      const scope = c.get('scope')
      const { id } = await getBuild(scope, c.req.param('id'), 'read')
      requireOperator(scope)
      const order = c.req.valid('json')
      const { node } = order
      if (typeof node === 'string' && (await findNode(scope.farm, node)) === undefined) {
        throw new Refusal('not_found', `there is no node ${node}`)
      }
      if (!(await orderBuild(scope, id, order))) throw new Refusal('not_waiting')
      const build = await getBuild(scope, id, 'read')
      const wait = await foretell(scope.farm, id)
      return c.json({
        ...summarise(build),
        queue: wait === undefined ? null : showWait(wait, 'en'),
      })
    })
    .post('/:id/cancel', async (c) => {
      const scope = c.get('scope')
      const { id } = await getBuild(scope, c.req.param('id'), 'build')
      const answer = await requestCancel(scope.farm, id, scope.actor)
      if (answer === 'final') throw new Refusal('already_final')
      if (answer === 'published') throw new Refusal('too_late')
      return c.json(summarise(await getBuild(scope, id, 'build')), 202)
    })
}
