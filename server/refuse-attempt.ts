import type { AttemptRef } from '#contract/build.ts'
import type { Db } from '../records/connect.ts'
import { Refusal } from './refusal.ts'

/**
 * Why an attempt may not go on, so that its node does not take a build that is to be cancelled for one that was given to
 * another: its answer may reach the workflow before the cancellation does.
 */
export async function refuseAttempt(db: Db, { buildId }: AttemptRef): Promise<Refusal> {
  const cancelled = await db
    .selectFrom('builds')
    .select('id')
    .where('id', '=', buildId)
    .where('cancel_requested_at', 'is not', null)
    .executeTakeFirst()
  return new Refusal(cancelled === undefined ? 'stale_attempt' : 'cancelled')
}
