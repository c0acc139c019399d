import type { Pool } from '../../records/connect.ts'
import { markLost, stopOverdue } from '../../records/environment-upkeep.ts'
import { type Clocks, createPatience } from '../fleet/patience.ts'

/** Marks environments whose node has gone, and asks those to stop that have run, or been idle, for long enough. */
export function createEnvironmentWatch(
  { db, ...clocks }: Clocks & { readonly db: Pool },
  leaseMs: number,
) {
  const mayJudge = createPatience(clocks, leaseMs)
  return async (): Promise<void> => {
    await stopOverdue(db)
    if (mayJudge()) await markLost(db)
  }
}
