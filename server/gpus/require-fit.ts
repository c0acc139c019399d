import { explainSuggestion } from '../../cuda/tables/suggestions.ts'
import type { Db } from '../../records/connect.ts'
import { readFleetGpus } from '../../records/node-gpus.ts'
import { findVersionNumbered } from '../../records/versions.ts'
import { Refusal } from '../refusal.ts'
import { findFit, type Fit } from './find-fit.ts'
import { groupGpus } from './fleet-classes.ts'
import { readKnown } from './read-known.ts'

/**
 * A version that ran when it was made may run nowhere by now: drivers and cards change. What was measured on a class as it
 * is now wins over what the files say of it, both ways.
 * @throws Refusal when it runs on no GPU of the farm, with the smallest change that would help.
 */
export async function requireFit(db: Db, imageId: number, number: number): Promise<void> {
  const version = await findVersionNumbered(db, imageId, number)
  if (version === undefined) return
  const classes = groupGpus(await readFleetGpus(db))
  const known = await readKnown(db, [version.digest], classes)
  const { nearest } = findFit(known(version.digest), classes)
  if (nearest !== undefined) throw new Refusal('version_unfit', explain(nearest))
}

function explain({ gpu, nodes, cell }: NonNullable<Fit['nearest']>): string {
  const why = cell.reasons.map(({ code }) => code).join(', ')
  const where = `${cell.evidence} on ${gpu.name} with driver ${gpu.driver} (${nodes.slice(0, 3).join(', ')})`
  const fix = cell.suggestion && `; what would help: ${explainSuggestion(cell.suggestion, 'en')}`
  return `${where}: ${why}${fix ?? ''}`
}
