import type { Pool } from '../../records/connect.ts'
import { type Beat, renewLease, renewLeases } from '../../records/node-leases.ts'
import { inGroups } from '../in-groups.ts'

/**
 * Renews leases by one statement after the other: heartbeats that come while one is under way share the next, and are
 * answered when it is written. One whose node somebody holds waits for that by itself, and no other waits for it.
 * @returns false when the node, or this start of its agent, is not known and must register again, or is shut out.
 */
export function createRenewInGroups(db: Pool, leaseMs: number): (beat: Beat) => Promise<boolean> {
  const renew = inGroups(async (beats: readonly Beat[]) => renewLeases(db, beats, leaseMs))
  return async (beat) => (await renew(beat)) || renewLease(db, beat, leaseMs)
}
