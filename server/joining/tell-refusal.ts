import { recordAudit } from '../../records/audit.ts'
import type { Db } from '../../records/connect.ts'

export interface ToldRefusal {
  /** Who was refused, or what it said to be. */
  readonly actor: string
  /** What it wanted. */
  readonly object: string
  readonly because: string
}

export type TellRefusal = (refusal: ToldRefusal) => Promise<void>

const quietMs = 10_000
/** Different things that one caller is told to have tried in that time; the rest is only counted. */
const maxKinds = 20
const maxCallers = 10_000

interface Told {
  since: number
  readonly kinds: Set<string>
  untold: number
}

/**
 * Leaves a row for what a caller was refused. What a caller tries over and over leaves one in ten seconds, and no caller
 * more than twenty, with the number of those that left none: who is refused must not fill the farm's disk.
 */
export function createTellRefusal(
  db: Db,
  now: () => number,
  action: 'agent.refused' | 'access.refused',
): TellRefusal {
  const callers = new Map<string, Told>()
  const begin = (actor: string): Told => {
    if (callers.size >= maxCallers) callers.delete(callers.keys().next().value ?? '')
    const fresh = { since: now(), kinds: new Set<string>(), untold: 0 }
    callers.set(actor, fresh)
    return fresh
  }
  return async ({ actor, object, because }) => {
    const told = callers.get(actor) ?? begin(actor)
    const kind = JSON.stringify([object, because])
    if (now() - told.since >= quietMs) {
      told.since = now()
      told.kinds.clear()
    }
    if (told.kinds.has(kind) || told.kinds.size >= maxKinds) {
      told.untold += 1
      return
    }
    told.kinds.add(kind)
    const detail = { because, ...(told.untold > 0 && { untold: told.untold }) }
    told.untold = 0
    await recordAudit(db, { actor, action, object, detail })
  }
}
