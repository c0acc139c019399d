import { Hono } from 'hono'
import { z } from 'zod'
import { deletionTerms } from '#contract/wire/deletion.ts'
import { type DeletionAnswer, requestDeletion, restore } from '../../records/deletions.ts'
import type { ImageRow } from '../../records/images.ts'
import type { ServerDeps } from '../deps.ts'
import { parameters, query } from '../middleware/json-body.ts'
import { Refusal } from '../refusal.ts'
import { describeUses } from '../views/describe-uses.ts'
import { findSummary } from '../views/version-list.ts'
import { getImage } from './get-image.ts'
import { getVersion, unknownVersion, versionNumber } from './get-version.ts'

const versionPath = z.object({ id: z.string(), version: versionNumber })

/** Versions and images that are to go, and those that are to stay after all. */
export function deletionRoutes(deps: ServerDeps) {
  const { db } = deps
  const one = '/:id{[0-9]+}/versions/:version{[0-9]+}'
  return new Hono()
    .delete('/:id{[0-9]+}', query(deletionTerms), async (c) => {
      const image = await getImage(deps, c.req.param('id'))
      if (image.is_official) {
        throw new Refusal('official_name', 'an official image stays; delete its versions')
      }
      const terms = c.req.valid('query')
      const asked = accepted(await requestDeletion(db, { imageId: image.id, ...toRequest(terms) }))
      return c.json({ image_id: image.id, versions: asked, ...undoUntil(deps, terms) }, 202)
    })
    .post('/:id{[0-9]+}/restore', async (c) => {
      const imageId = Math.min(Number(c.req.param('id')), Number.MAX_SAFE_INTEGER)
      const answer = await restore(db, { imageId, actor: 'api' })
      if (answer === 'too_late') throw new Refusal('deletion_begun')
      if (answer !== 'restored') {
        throw new Refusal('not_found', `there is no image ${imageId} that is to be deleted`)
      }
      return c.json({ image_id: imageId, restored: true })
    })
    .delete(one, parameters(versionPath), query(deletionTerms), async (c) => {
      const { id, version } = c.req.valid('param')
      const image = await getImage(deps, id)
      await getVersion(deps, image.id, version)
      const terms = toRequest(c.req.valid('query'))
      accepted(await requestDeletion(db, { imageId: image.id, version, ...terms }))
      return c.json(await findSummary(db, image, version), 202)
    })
    .post(`${one}/restore`, parameters(versionPath), async (c) => {
      const { id, version } = c.req.valid('param')
      return c.json(await restoreVersion(deps, await getImage(deps, id), version))
    })
}

async function restoreVersion({ db }: ServerDeps, image: ImageRow, version: number) {
  const answer = await restore(db, { imageId: image.id, version, actor: 'api' })
  if (answer === 'too_late') throw new Refusal('deletion_begun')
  if (answer !== 'restored') {
    const detail = `the image has no version ${version} that is to be deleted`
    throw new Refusal('not_found', detail)
  }
  return findSummary(db, image, version)
}

/** @returns how many versions are to go. @throws Refusal that says what uses them. */
function accepted(answer: DeletionAnswer): number {
  if (answer === 'unknown') throw unknownVersion(0)
  if (answer === 'deleted') throw new Refusal('version_deleted')
  if ('uses' in answer) throw new Refusal('in_use', describeUses(answer.uses))
  return answer.asked
}

type Terms = z.infer<typeof deletionTerms>

function toRequest({ grace_seconds: seconds, reason }: Terms) {
  return { graceMs: seconds * 1000, reason, actor: 'api' }
}

function undoUntil({ now }: ServerDeps, { grace_seconds: seconds }: Terms) {
  return { undo_until: new Date(now() + seconds * 1000).toISOString() }
}
