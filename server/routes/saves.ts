import { Hono } from 'hono'
import { previewSave as previewSchema, saveEnvironment } from '#contract/wire/save.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, requireJson } from '../middleware/json-body.ts'
import { makeOnce } from '../repeats/make-once.ts'
import { readRepeat } from '../repeats/read-repeat.ts'
import { tellRepeated } from '../repeats/tell-repeated.ts'
import { acceptSave } from '../saving/accept-save.ts'
import { limitRate } from '../middleware/limit-rate.ts'
import { previewSave } from '../saving/preview-save.ts'
import { proposeRecipe } from '../saving/propose-recipe.ts'
import { getEnvironment } from './get-environment.ts'

const maxRequestBytes = 1024 * 1024

/** Images that are made of what environments have written. */
export function saveRoutes(deps: RouteDeps) {
  const body = [limitBody(maxRequestBytes), requireJson] as const
  return new Hono<ApiEnv>()
    .post('/:id/save-preview', ...body, jsonBody(previewSchema), async (c) => {
      const scope = c.get('scope')
      const environment = await getEnvironment(scope, c.req.param('id'), 'build')
      const { signal } = c.req.raw
      return c.json(await previewSave({ ...deps, scope }, environment, c.req.valid('json'), signal))
    })
    .post('/:id/recipe', ...body, jsonBody(previewSchema), async (c) => {
      const scope = c.get('scope')
      const environment = await getEnvironment(scope, c.req.param('id'), 'build')
      const { signal } = c.req.raw
      return c.json(
        await proposeRecipe({ ...deps, scope }, environment, c.req.valid('json'), signal),
      )
    })
    .post(
      '/:id/save',
      limitRate(deps.takeTurn, 'submits'),
      ...body,
      jsonBody(saveEnvironment),
      async (c) => {
        const scope = c.get('scope')
        const environment = await getEnvironment(scope, c.req.param('id'), 'build')
        const wanted = c.req.valid('json')
        const repeat = await readRepeat(c)
        const made = await makeOnce(scope, environment.project_id, repeat, async (key) =>
          acceptSave({ ...deps, scope }, environment, wanted, key),
        )
        tellRepeated(c, made)
        return c.json({ build_id: made.id, status: 'building' as const }, 202)
      },
    )
}
