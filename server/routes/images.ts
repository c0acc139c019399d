import { Hono } from 'hono'
import { z } from 'zod'
import type { Need } from '#contract/access.ts'
import type { ChangeImage } from '#contract/visibility.ts'
import { projectName } from '#contract/wire/project.ts'
import { changeImage as changeSchema } from '#contract/wire/image.ts'
import { type ChangeAnswer, changeImage } from '../../records/images.ts'
import { namedProject } from '../named-project.ts'
import { refuseField } from '../refusal.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { showCompatibility } from '../views/compatibility.ts'
import { detailImages } from '../views/image-details.ts'
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
  name: z.string().max(256).optional(),
  is_official: flag,
  q: z.string().min(1).max(256).optional(),
  order: z.enum(['oldest', 'newest']).default('oldest'),
  /** Whether each is told with its version, what is in it and where it runs. */
  detail: flag,
  cursor: idCursor,
  limit,
})

const compatibilityQuery = languageQuery.extend({ version: versionNumber.optional() })

export function imageRoutes() {
  return new Hono<ApiEnv>()
    .get('/', query(listQuery), async (c) => {
      const {
        is_official: isOfficial,
        cursor: after,
        limit: size,
        usable_by: usable,
        q: search,
        order,
        detail,
        ...filter
      } = c.req.valid('query')
      const scope = c.get('scope')
      const usableBy =
        usable === undefined ? undefined : (await namedProject(scope, usable, 'read')).id
      const page = await listImages(scope, {
        ...filter,
        search,
        usableBy,
        isOfficial,
        isNewestFirst: order === 'newest',
        withPrivate: detail,
        after,
        limit: size,
      })
      if (detail !== true) return c.json(page)
      return c.json({ ...page, images: await detailImages(scope, page.images) })
    })
    .get('/:id{[0-9]+}', query(languageQuery), async (c) => {
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'read')
      return c.json(await showImage(scope, image, c.req.valid('query').lang))
    })
    .patch(
      '/:id{[0-9]+}',
      limitBody(maxChangeBytes),
      requireJson,
      jsonBody(changeSchema),
      async (c) => {
        const scope = c.get('scope')
        const change = c.req.valid('json')
        const id = c.req.param('id')
        const image = await getImage(scope, id, needOf(change))
        refuseUnlessChanged(await changeImage(scope, image, change))
        return c.json(await showImage(scope, await getImage(scope, id, 'read'), 'en'))
      },
    )
    .get('/:id{[0-9]+}/compatibility', query(compatibilityQuery), async (c) => {
      const { lang, version } = c.req.valid('query')
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'read')
      const shown = await getVersionOrCurrent(scope, image, version)
      return c.json(await showCompatibility(scope.farm, image, shown, lang))
    })
}

/** Who reads an image is decided by those who administer its project. */
function needOf({ visibility, shared_with: shared }: ChangeImage): Need {
  return visibility === undefined && shared === undefined ? 'build' : 'admin'
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
