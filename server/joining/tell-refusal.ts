import { recordAudit } from '../../records/audit.ts'
import type { Db } from '../../records/connect.ts'

export interface AgentRefusal {
  /** Id of the node, or what the caller said to be. */
  readonly actor: string
  /** What it wanted. */
  readonly object: string
  readonly because: string
}

export type TellRefusal = (refusal: AgentRefusal) => Promise<void>

const quietMs = 10_000
const maxKept = 1_000

/**
 * Leaves a row for what an agent was refused. What is tried over and over leaves one in ten seconds, with the number of
 * those that left none: a refused agent must not fill the farm's disk.
 */
export function createTellRefusal(db: Db, now: () => number): TellRefusal {
  const told = new Map<string, { readonly at: number; untold: number }>()
  return async ({ actor, object, because }) => {
    const key = JSON.stringify([actor, object, because])
    const last = told.get(key)
    if (last !== undefined && now() - last.at < quietMs) {
      last.untold += 1
      return
    }
    if (told.size >= maxKept) told.clear()
    told.set(key, { at: now(), untold: 0 })
    const detail = { because, ...(last !== undefined && { untold: last.untold }) }
    await recordAudit(db, { actor, action: 'agent.refused', object, detail })
  }
}
