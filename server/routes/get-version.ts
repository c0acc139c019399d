import { z } from 'zod'
import type { Db } from '../../records/connect.ts'
import { findVersionNumbered } from '../../records/versions.ts'
import { Refusal } from '../refusal.ts'

/** In a path: as large as the column. */
export const versionNumber = z.coerce
  .number()
  .int()
  .positive()
  .max(2 ** 31 - 1)

/** @throws Refusal when the image has no such version. */
export async function getVersion({ db }: { readonly db: Db }, imageId: number, number: number) {
  const version = await findVersionNumbered(db, imageId, number)
  if (version === undefined) throw unknownVersion(number)
  return version
}

export function unknownVersion(number: number): Refusal {
  return new Refusal('not_found', `the image has no version ${number}`)
}
