import { Hono } from 'hono'
import { z } from 'zod'
import { finalStatuses } from '#contract/stage.ts'
import { projectName } from '#contract/wire/project.ts'
import { requestCancel } from '../../records/builds.ts'
import type { ServerDeps } from '../deps.ts'
import { query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { showBuild, summarise } from '../views/build-detail.ts'
import { listBuilds } from '../views/build-list.ts'
import { listSteps } from '../views/step-list.ts'
import { getBuild } from './get-build.ts'
import { languageQuery } from './language.ts'
import { limit } from './paging.ts'

const listQuery = z.object({
  project: projectName.optional(),
  name: z.string().max(256).optional(),
  status: z.enum(['building', ...finalStatuses]).optional(),
  cursor: z.string().max(40).optional(),
  limit,
})

const stepsQuery = z.object({ attempt: z.coerce.number().int().min(1).max(1_000_000).optional() })

export function buildRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/', query(listQuery), async (c) => {
      const { cursor: before, limit: size, ...filter } = c.req.valid('query')
      return c.json(await listBuilds(deps.db, { ...filter, before, limit: size }))
    })
    .get('/:id', query(languageQuery), async (c) => {
      const build = await getBuild(deps, c.req.param('id'))
      const { temporalUi } = deps
      return c.json(
        await showBuild(deps.db, build, { temporalUi, language: c.req.valid('query').lang }),
      )
    })
    .get('/:id/steps', query(stepsQuery), async (c) => {
      const { id, attempt } = await getBuild(deps, c.req.param('id'))
      const wanted = c.req.valid('query').attempt ?? attempt
      return c.json(await listSteps(deps.db, { buildId: id, attempt: wanted }))
    })
    .post('/:id/cancel', async (c) => {
      const id = c.req.param('id')
      const answer = await requestCancel(deps.db, id)
      if (answer === 'unknown')
        throw new Refusal('not_found', `there is no build ${id.slice(0, 40)}`)
      if (answer === 'final') throw new Refusal('already_final')
      if (answer === 'published') throw new Refusal('too_late')
      return c.json(summarise(await getBuild(deps, id)), 202)
    })
}
