import { Hono } from 'hono'
import {
  maxBatchBytes,
  maxSubmitBytes,
  previewBuild as previewSchema,
  submitBuild as submitSchema,
  submitBuilds as submitManySchema,
} from '#contract/wire/build.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { previewBuild } from '../submit/preview-build.ts'
import { readRepeat } from '../repeats/read-repeat.ts'
import { tellRepeated } from '../repeats/tell-repeated.ts'
import { submitBuild, submitPreset } from '../submit/submit-build.ts'
import { type SubmittedMany, submitBuilds } from '../submit/submit-builds.ts'
import { getImage } from './get-image.ts'
import { languageQuery } from './language.ts'

/** What makes a build, and what shows it before. */
export function submissionRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>()
    .post('/:id{[0-9]+}/builds', async (c) => {
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'build')
      const made = await submitPreset({ ...deps, scope }, image, await readRepeat(c))
      tellRepeated(c, made)
      return c.json({ build_id: made.id, status: 'building' as const }, 202)
    })
    .post(
      '/preview',
      limitBody(maxSubmitBytes),
      requireJson,
      query(languageQuery),
      jsonBody(previewSchema),
      async (c) => {
        const { lang } = c.req.valid('query')
        const scope = c.get('scope')
        return c.json(await previewBuild({ ...deps, scope }, c.req.valid('json'), lang))
      },
    )
    .post(
      '/build/batch',
      limitBody(maxBatchBytes),
      requireJson,
      query(languageQuery),
      jsonBody(submitManySchema),
      async (c) => {
        const scope = c.get('scope')
        const language = c.req.valid('query').lang
        const { builds: asked } = c.req.valid('json')
        const batch = await submitBuilds({ ...deps, scope, language }, asked, await readRepeat(c))
        tellRepeated(c, batch)
        return c.json(tellMany(batch), 202)
      },
    )
    .post(
      '/build',
      limitBody(maxSubmitBytes),
      requireJson,
      query(languageQuery),
      jsonBody(submitSchema),
      async (c) => {
        const startedAt = deps.now()
        const language = c.req.valid('query').lang
        const made = await submitBuild(
          { ...deps, scope: c.get('scope'), language },
          c.req.valid('json'),
          await readRepeat(c),
        )
        if (!made.before) deps.traces.note(made.id, 'accept', startedAt)
        tellRepeated(c, made)
        const { id, warnings } = made
        return c.json({ build_id: id, status: 'building' as const, warnings }, 202)
      },
    )
}

function tellMany({ answers, warnings }: SubmittedMany) {
  const accepted = answers.filter((one) => 'buildId' in one).length
  const builds = answers.map((one) => {
    if (!('buildId' in one)) return one
    const { buildId: id } = one
    return { build_id: id, status: 'building' as const, warnings: warnings.get(id) ?? [] }
  })
  return { accepted, refused: builds.length - accepted, builds }
}
