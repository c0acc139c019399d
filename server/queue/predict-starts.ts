import type { Pool } from '../../records/connect.ts'
import { readUnpredicted, storePrediction } from '../../records/predictions.ts'
import { foretell } from './foretell.ts'

/** Builds that are told in one round when they are likely to start. */
const batch = 20
const freshMs = 5_000

/** Notes what builds that have just come to wait are told, so that it can be compared with what happens. */
export async function predictStarts({ db }: { readonly db: Pool }): Promise<boolean> {
  for (const id of await readUnpredicted(db, freshMs, batch)) {
    const wait = await foretell(db, id)
    if (wait?.start !== undefined) await storePrediction(db, id, wait.needsGpu, wait.start)
  }
  return false
}
