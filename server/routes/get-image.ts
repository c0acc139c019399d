import type { Db } from '../../records/connect.ts'
import { findImageById, type ImageRow } from '../../records/images.ts'
import { Refusal } from '../refusal.ts'

/** @throws Refusal when there is no such image. */
export async function getImage({ db }: { readonly db: Db }, id: string): Promise<ImageRow> {
  const image = await findImageById(db, Math.min(Number(id), Number.MAX_SAFE_INTEGER))
  if (image === undefined) throw new Refusal('not_found', `there is no image ${id}`)
  if (image.deleted_at !== null) {
    const how = `restore it with POST /api/images/${image.id}/restore while that can be undone`
    throw new Refusal('not_found', `the image ${id} is deleted; ${how}`)
  }
  return image
}
