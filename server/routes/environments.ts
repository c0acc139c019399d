import { Hono } from 'hono'
import { z } from 'zod'
import { environmentStates } from '#contract/environment.ts'
import { createEnvironment } from '#contract/wire/environment.ts'
import { projectName } from '#contract/wire/project.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import {
  deleteEnvironment,
  restartEnvironment,
  stopEnvironment,
} from '../../records/environments.ts'
import type { ApiEnv, RequestScope } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { acceptEnvironment } from '../environments/accept-environment.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { readRepeat } from '../repeats/read-repeat.ts'
import { tellRepeated } from '../repeats/tell-repeated.ts'
import { listEnvironments } from '../views/environment-list.ts'
import { listEvents, showEnvironment } from '../views/environment.ts'
import { getEnvironment } from './get-environment.ts'
import { portTicketRoutes } from './port-tickets.ts'
import { saveRoutes } from './saves.ts'
import { languageQuery } from './language.ts'
import { idCursor, limit } from './paging.ts'

const maxRequestBytes = 256 * 1024

const listQuery = languageQuery.extend({
  project: projectName.optional(),
  state: z.enum(environmentStates).optional(),
  cursor: z.string().max(40).optional(),
  limit,
})
const eventQuery = languageQuery.extend({ cursor: idCursor, limit })

/** Containers that people start from a version of an image. */
export function environmentRoutes(deps: RouteDeps) {
  const { newId, temporalUi } = deps
  const show = async (scope: RequestScope, id: string, language: Language = 'en') => {
    // There everybody's workflows are shown.
    const ui = scope.projects === 'all' ? temporalUi : undefined
    const row = await getEnvironment(scope, id, 'read')
    return showEnvironment(row, { language, temporalUi: ui })
  }
  const accept = [limitBody(maxRequestBytes), requireJson] as const
  return new Hono<ApiEnv>()
    .route('/', saveRoutes(deps))
    .route('/', portTicketRoutes(deps))
    .post('/', ...accept, query(languageQuery), jsonBody(createEnvironment), async (c) => {
      const scope = c.get('scope')
      const repeat = await readRepeat(c)
      const { lang: language } = c.req.valid('query')
      const made = await acceptEnvironment({ scope, newId, language }, c.req.valid('json'), repeat)
      tellRepeated(c, made)
      return c.json(await show(scope, made.id, language), 202)
    })
    .get('/', query(listQuery), async (c) => {
      const { cursor: before, limit: size, lang: language, ...filter } = c.req.valid('query')
      const page = { ...filter, before, limit: size, language }
      return c.json(await listEnvironments(c.get('scope'), page))
    })
    .get('/:id', query(languageQuery), async (c) =>
      c.json(await show(c.get('scope'), c.req.param('id'), c.req.valid('query').lang)),
    )
    .get('/:id/events', query(eventQuery), async (c) => {
      const { cursor: before, limit: size, lang: language } = c.req.valid('query')
      const scope = c.get('scope')
      const { id } = await getEnvironment(scope, c.req.param('id'), 'read')
      return c.json(await listEvents(scope.db, id, { before, limit: size, language }))
    })
    .post('/:id/stop', async (c) => {
      const scope = c.get('scope')
      const { id } = await getEnvironment(scope, c.req.param('id'), 'build')
      const asked = { actor: scope.actor, reason: 'stop_requested' } as const
      if ((await stopEnvironment(scope.farm, id, asked)) !== 'asked') {
        throw new Refusal('environment_resting')
      }
      return c.json(await show(scope, id), 202)
    })
    .post('/:id/start', async (c) => {
      const scope = c.get('scope')
      const { id } = await getEnvironment(scope, c.req.param('id'), 'build')
      if ((await restartEnvironment(scope.farm, id, scope.actor)) !== 'started') {
        throw new Refusal('environment_active', 'it has not stopped yet')
      }
      return c.json(await show(scope, id), 202)
    })
    .delete('/:id', async (c) => {
      const scope = c.get('scope')
      const { id } = await getEnvironment(scope, c.req.param('id'), 'build')
      if ((await deleteEnvironment(scope.farm, id, scope.actor)) !== 'deleted') {
        throw new Refusal('environment_active')
      }
      return c.body(null, 204)
    })
}
