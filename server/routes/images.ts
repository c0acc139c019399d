import { Hono } from 'hono'
import { z } from 'zod'
import { maxSubmitBytes, submitBuild as submitSchema } from '#contract/wire/build.ts'
import { projectName } from '#contract/wire/project.ts'
import { changeImage as changeSchema } from '#contract/wire/image.ts'
import { type ChangeAnswer, changeImage } from '../../records/images.ts'
import { namedProject } from '../named-project.ts'
import { refuseField } from '../refusal.ts'
import type { ServerDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { submitBuild, submitPreset } from '../submit/submit-build.ts'
import { showCompatibility } from '../views/compatibility.ts'
import { listImages, showImage } from '../views/image-library.ts'
import { getImage } from './get-image.ts'
import { languageQuery } from './language.ts'
import { flag, idCursor, limit } from './paging.ts'
import { getVersionOrCurrent, versionNumber } from './get-version.ts'

const maxChangeBytes = 32 * 1024

const listQuery = z.object({
  project: projectName.optional(),
  usable_by: projectName.optional(),
  category: z.string().max(64).optional(),
  is_official: flag,
  cursor: idCursor,
  limit,
})

const compatibilityQuery = languageQuery.extend({ version: versionNumber.optional() })

export function imageRoutes(deps: ServerDeps) {
  return new Hono()
    .get('/', query(listQuery), async (c) => {
      const {
        is_official: isOfficial,
        cursor: after,
        limit: size,
        usable_by: usable,
        ...filter
      } = c.req.valid('query')
      const usableBy = usable === undefined ? undefined : (await namedProject(deps.db, usable)).id
      return c.json(
        await listImages(deps.db, { ...filter, usableBy, isOfficial, after, limit: size }),
      )
    })
    .get('/:id{[0-9]+}', query(languageQuery), async (c) => {
      const image = await getImage(deps, c.req.param('id'))
      return c.json(await showImage(deps.db, image, c.req.valid('query').lang))
    })
    .patch(
      '/:id{[0-9]+}',
      limitBody(maxChangeBytes),
      requireJson,
      jsonBody(changeSchema),
      async (c) => {
        const image = await getImage(deps, c.req.param('id'))
        refuseUnlessChanged(await changeImage(deps.db, image, c.req.valid('json')))
        const changed = await getImage(deps, c.req.param('id'))
        return c.json(await showImage(deps.db, changed, 'en'))
      },
    )
    .get('/:id{[0-9]+}/compatibility', query(compatibilityQuery), async (c) => {
      const { lang, version } = c.req.valid('query')
      const image = await getImage(deps, c.req.param('id'))
      const shown = await getVersionOrCurrent(deps, image, version)
      return c.json(await showCompatibility(deps.db, image, shown, lang))
    })
    .post('/:id{[0-9]+}/builds', async (c) => {
      const buildId = await submitPreset(deps, await getImage(deps, c.req.param('id')))
      return c.json({ build_id: buildId, status: 'building' as const }, 202)
    })
    .post('/build', limitBody(maxSubmitBytes), requireJson, jsonBody(submitSchema), async (c) => {
      const buildId = await submitBuild(deps, c.req.valid('json'))
      return c.json({ build_id: buildId, status: 'building' as const }, 202)
    })
}

/** @throws Refusal that names the field which is to be corrected. */
function refuseUnlessChanged(answer: ChangeAnswer): void {
  if (answer === 'changed') return
  if (answer === 'private') {
    const message = 'the image is private; give it another visibility as well'
    throw refuseField('image_private', 'shared_with', message)
  }
  const message = `there is no project "${answer.unknown}"`
  throw refuseField('project_unknown', 'shared_with', message)
}
