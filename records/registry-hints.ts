import { sql } from 'kysely'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'

/** The registry says that something has happened to an artifact. It may be late, wrong, or said twice. */
export interface RegistryHint {
  /** The same when it is said again. */
  readonly eventId: string
  readonly type: string
  /** With the project; empty when it is about none. */
  readonly repository: string
  readonly digest: string | null
}

/** Whoever looks for hints has done so by then. */
const keptDays = 7

/**
 * Keeps hints and wakes whoever looks again at what they name: what is true is asked of the registry, never taken from
 * them. Old ones are forgotten.
 */
export async function keepHints(db: Db, hints: readonly RegistryHint[]): Promise<void> {
  if (hints.length === 0) return
  const rows = hints.map(({ eventId, ...hint }) => ({ event_id: eventId, ...hint }))
  const kept = await db
    .insertInto('registry_hints')
    .values(rows)
    .onConflict((c) => c.column('event_id').doNothing())
    .returning('id')
    .execute()
  if (kept.length === 0) return
  await db
    .deleteFrom('registry_hints')
    .where('received_at', '<', sql<Date>`now() - ${keptDays} * interval '1 day'`)
    .execute()
  await notify(db, 'kiln_registry')
}
