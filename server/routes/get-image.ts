import type { Need } from '#contract/access.ts'
import { findImageById, type ImageRow } from '../../records/images.ts'
import { wholeFarm } from '../../records/scope.ts'
import { noteUnseen, type RequestScope, requireRole } from '../access/request-scope.ts'
import { Refusal } from '../refusal.ts'

/**
 * An image that is not deleted. Whoever sees it may read it, since it is public or shared with a project of theirs.
 * @throws Refusal when there is no such image for the caller, or they may not do with it what they need to.
 */
export async function getImage(scope: RequestScope, id: string, need: Need): Promise<ImageRow> {
  const image = await getImageOrDeleted(scope, id, need)
  if (image.deleted_at !== null) {
    const how = `restore it with POST /api/images/${image.id}/restore while that can be undone`
    throw new Refusal('not_found', `the image ${id} is deleted; ${how}`)
  }
  return image
}

/** The same, of a deleted one too. */
export async function getImageOrDeleted(
  scope: RequestScope,
  id: string,
  need: Need,
): Promise<ImageRow> {
  const number = Math.min(Number(id), Number.MAX_SAFE_INTEGER)
  const image = await findImageById(scope, number)
  if (image === undefined) {
    await noteUnseen(scope, `image ${number}`, findImageById(wholeFarm(scope), number))
    throw new Refusal('not_found', `there is no image ${id}`)
  }
  if (need !== 'read') requireRole(scope, { id: image.project_id, name: image.project }, need)
  return image
}
