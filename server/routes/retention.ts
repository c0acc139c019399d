import { Hono } from 'hono'
import { z } from 'zod'
import { retentionRule, retentionRun } from '#contract/wire/retention.ts'
import { requestDeletion } from '../../records/deletions.ts'
import type { ImageRow } from '../../records/images.ts'
import type { ApiEnv, RequestScope } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { jsonBody, limitBody, query, requireJson } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { previewRetention } from '../retention/preview-retention.ts'
import { describeUses } from '../views/describe-uses.ts'
import { listImages } from '../views/image-library.ts'
import { getImage } from './get-image.ts'
import { getProject } from './get-project.ts'
import { idCursor } from './paging.ts'

const maxBodyBytes = 32 * 1024

/** Which versions of an image would go by a rule, and their deletion. */
export function retentionRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>()
    .get('/:id{[0-9]+}/retention', query(retentionRule), async (c) => {
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'read')
      return c.json(await previewRetention(scope, image, c.req.valid('query'), deps.now()))
    })
    .post(
      '/:id{[0-9]+}/retention',
      limitBody(maxBodyBytes),
      requireJson,
      jsonBody(retentionRun),
      async (c) => {
        const scope = c.get('scope')
        const image = await getImage(scope, c.req.param('id'), 'admin')
        return c.json(await runRetention({ ...deps, scope }, image, c.req.valid('json')), 202)
      },
    )
}

const projectQuery = z.object({
  ...retentionRule.shape,
  cursor: idCursor,
  // Each image is looked at version by version.
  limit: z.coerce.number().int().min(1).max(50).default(20),
})

/** The same for all images of a project, in pages. */
export function projectRetentionRoutes(deps: RouteDeps) {
  return new Hono<ApiEnv>().get('/:project/retention', query(projectQuery), async (c) => {
    const scope = c.get('scope')
    const { name: project } = await getProject(scope, c.req.param('project'), 'read')
    const { cursor: after, limit, ...rule } = c.req.valid('query')
    const { images, ...rest } = await listImages(scope, { project, after, limit })
    const previews = []
    for (const image of images) {
      previews.push(await previewRetention(scope, image, rule, deps.now()))
    }
    return c.json({ images: previews, ...rest })
  })
}

/** @throws Refusal when the rule lets others go by now than those that are named. */
async function runRetention(
  { scope, now }: RouteDeps & { readonly scope: RequestScope },
  image: ImageRow,
  { versions, grace_seconds: seconds, ...rule }: z.infer<typeof retentionRun>,
) {
  const preview = await previewRetention(scope, image, rule, now())
  const wanted = new Set(versions)
  if (wanted.size !== preview.goes.length || preview.goes.some((number) => !wanted.has(number))) {
    const detail = `the rule lets go of ${preview.goes.join(', ') || 'none'} by now; look again`
    throw new Refusal('retention_changed', detail)
  }
  const reason = `retention: keep ${rule.keep}, ${rule.days} days`
  const terms = { imageId: image.id, actor: scope.actor, reason, graceMs: seconds * 1000 }
  const results = []
  for (const version of preview.goes) {
    const answer = await requestDeletion(scope.farm, { ...terms, version })
    const kept =
      typeof answer === 'object' && 'uses' in answer ? await describeUses(scope, answer.uses) : null
    results.push({ number: version, goes: typeof answer === 'object' && kept === null, why: kept })
  }
  return { image_id: image.id, versions: results }
}
