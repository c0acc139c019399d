import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { findVersionNumbered } from '../../records/versions.ts'
import { Refusal } from '../refusal.ts'
import { explainMisfit } from '../../matrix/explain-misfit.ts'
import { findFit } from '../../matrix/find-fit.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { readKnown } from '../../matrix/read-known.ts'

/**
 * A version that ran when it was made may run nowhere by now: drivers and cards change. What was measured on a class as it
 * is now wins over what the files say of it, both ways.
 * @throws Refusal when it runs on no GPU of the farm, with the smallest change that would help.
 */
export async function requireFit(
  db: Db,
  imageId: number,
  number: number,
  language: Language,
): Promise<void> {
  const version = await findVersionNumbered(db, imageId, number)
  if (version === undefined) return
  const classes = groupGpus(await readFleetGpus(db))
  const known = await readKnown(db, [version.digest], classes)
  const { nearest } = findFit(known(version.digest), classes)
  if (nearest !== undefined) {
    throw new Refusal('version_unfit', explainMisfit(nearest, language))
  }
}
