import { z } from 'zod'
import type { ImageRow } from '../../records/images.ts'
import type { Scope } from '../../records/scope.ts'
import { findVersionById, findVersionNumbered } from '../../records/versions.ts'
import { Refusal } from '../refusal.ts'
import type { ShownVersion } from '../views/compatibility.ts'

/** In a path or a query: as large as the column. */
export const versionNumber = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)

/** @throws Refusal when the image has no such version. */
export async function getVersion({ db }: Scope, imageId: number, number: number) {
  const version = await findVersionNumbered(db, imageId, number)
  if (version === undefined) throw unknownVersion(number)
  return version
}

/** The version that is asked for; the one that the name points at when none is. @throws Refusal likewise. */
export async function getVersionOrCurrent(
  scope: Scope,
  image: ImageRow,
  number: number | undefined,
): Promise<ShownVersion> {
  if (number !== undefined) return getVersion(scope, image.id, number)
  const id = image.current_version_id
  const current = id === null ? undefined : await findVersionById(scope.db, id)
  return current ?? { number: null, digest: image.digest }
}

export function unknownVersion(number: number): Refusal {
  return new Refusal('not_found', `the image has no version ${number}`)
}
