import type { Db } from '../../records/connect.ts'
import { findVersionNumbered } from '../../records/versions.ts'
import { Refusal } from '../refusal.ts'
import { readComputed } from './read-computed.ts'

/**
 * A version that ran when it was made may run nowhere by now: drivers and cards change.
 * @throws Refusal when its files say that it runs on no GPU of the farm.
 */
export async function requireFit(db: Db, imageId: number, number: number): Promise<void> {
  const version = await findVersionNumbered(db, imageId, number)
  if (version === undefined) return
  const { verdict, reasons, on } = await readComputed(db, version.digest)
  if (verdict !== 'will_not_run') return
  const why = reasons.map(({ code }) => code).join(', ')
  throw new Refusal('version_unfit', `on ${on ?? 'the GPUs of this farm'}: ${why}`)
}
