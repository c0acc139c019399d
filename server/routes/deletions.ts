import { Hono } from 'hono'
import { z } from 'zod'
import { deletionTerms } from '#contract/wire/deletion.ts'
import { type DeletionAnswer, requestDeletion, restore } from '../../records/deletions.ts'
import type { ImageRow } from '../../records/images.ts'
import type { Scope } from '../../records/scope.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import type { RouteDeps } from '../deps.ts'
import { parameters, query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { describeUses } from '../views/describe-uses.ts'
import { findSummary } from '../views/version-list.ts'
import { getImage, getImageOrDeleted } from './get-image.ts'
import { getVersion, unknownVersion, versionNumber } from './get-version.ts'

const versionPath = z.object({ id: z.string(), version: versionNumber })

/** Versions and images that are to go, and those that are to stay after all. */
export function deletionRoutes(deps: RouteDeps) {
  const one = '/:id{[0-9]+}/versions/:version{[0-9]+}'
  return new Hono<ApiEnv>()
    .delete('/:id{[0-9]+}', query(deletionTerms), async (c) => {
      const scope = c.get('scope')
      const image = await getImage(scope, c.req.param('id'), 'admin')
      if (image.is_official) {
        throw new Refusal('official_name', 'an official image stays; delete its versions')
      }
      const terms = c.req.valid('query')
      const request = { imageId: image.id, ...toRequest(scope, terms) }
      const asked = await accepted(scope, await requestDeletion(scope.farm, request))
      return c.json({ image_id: image.id, versions: asked, ...undoUntil(deps, terms) }, 202)
    })
    .post('/:id{[0-9]+}/restore', async (c) => {
      const scope = c.get('scope')
      const { id: imageId } = await getImageOrDeleted(scope, c.req.param('id'), 'admin')
      const answer = await restore(scope.farm, { imageId, actor: scope.actor })
      if (answer === 'too_late') throw new Refusal('deletion_begun')
      if (answer !== 'restored') {
        throw new Refusal('not_found', `there is no image ${imageId} that is to be deleted`)
      }
      return c.json({ image_id: imageId, restored: true })
    })
    .delete(one, parameters(versionPath), query(deletionTerms), async (c) => {
      const { id, version } = c.req.valid('param')
      const scope = c.get('scope')
      const image = await getImage(scope, id, 'admin')
      await getVersion(scope, image.id, version)
      const terms = toRequest(scope, c.req.valid('query'))
      await accepted(
        scope,
        await requestDeletion(scope.farm, { imageId: image.id, version, ...terms }),
      )
      return c.json(await findSummary(scope.db, image, version), 202)
    })
    .post(`${one}/restore`, parameters(versionPath), async (c) => {
      const { id, version } = c.req.valid('param')
      const scope = c.get('scope')
      const image = await getImage(scope, id, 'admin')
      return c.json(await restoreVersion(scope, image, version))
    })
}

async function restoreVersion({ db, farm, actor }: Scope, image: ImageRow, version: number) {
  const answer = await restore(farm, { imageId: image.id, version, actor })
  if (answer === 'too_late') throw new Refusal('deletion_begun')
  if (answer !== 'restored') {
    const detail = `the image has no version ${version} that is to be deleted`
    throw new Refusal('not_found', detail)
  }
  return findSummary(db, image, version)
}

/** @returns how many versions are to go. @throws Refusal that says what uses them. */
async function accepted(scope: Scope, answer: DeletionAnswer): Promise<number> {
  if (answer === 'unknown') throw unknownVersion(0)
  if (answer === 'deleted') throw new Refusal('version_deleted')
  if ('uses' in answer) throw new Refusal('in_use', await describeUses(scope, answer.uses))
  return answer.asked
}

type Terms = z.infer<typeof deletionTerms>

function toRequest({ actor }: Scope, { grace_seconds: seconds, reason }: Terms) {
  return { graceMs: seconds * 1000, reason, actor }
}

function undoUntil({ now }: RouteDeps, { grace_seconds: seconds }: Terms) {
  return { undo_until: new Date(now() + seconds * 1000).toISOString() }
}
