import { sql } from 'kysely'
import { closedBecause } from '../../records/closed-nodes.ts'
import type { Db } from '../../records/connect.ts'
import { readDurations, readSettled } from '../../records/predictions.ts'
import { isSimulated } from '../../records/known-nodes.ts'
import { readFarmShare } from '../../records/shares.ts'
import type { Outlook } from './estimate.ts'

/** Outcomes and durations that are looked at, the newest. */
const looked = 100

export interface Kind {
  /** Empty when any will do. */
  readonly platform: string
  readonly needsGpu: boolean
}

/** What decides when builds of a kind start, but for their place in the queue. */
export async function readOutlook(
  db: Db,
  { platform, needsGpu }: Kind,
): Promise<Omit<Outlook, 'ahead'>> {
  const [slots, durations, settled] = await Promise.all([
    readSlots(db, platform),
    readDurations(db, needsGpu, looked),
    readSettled(db, needsGpu, looked),
  ])
  return { slots, durations, settled }
}

/** Builds that run at once on the nodes that take builds for a platform, at most. */
async function readSlots(db: Db, platform: string): Promise<number> {
  const { slots } = await db
    .selectFrom('nodes')
    .select(sql<number>`coalesce(sum(slots), 0)::int`.as('slots'))
    .where('leased_until', '>', sql<Date>`now()`)
    .where('disk_low', 'is', null)
    .where(closedBecause, 'is', null)
    .where('removed_at', 'is', null)
    // As placement has it: where there are nodes that build, those that only pretend get nothing.
    .where(
      sql<boolean>`(not ${isSimulated} or not exists (
        select from nodes where nodes.removed_at is null and not ${isSimulated}))`,
    )
    .$if(platform !== '', (query) =>
      query.where(sql<boolean>`inventory->'buildkit'->'platforms' @> to_jsonb(${platform}::text)`),
    )
    .executeTakeFirstOrThrow()
  const { maxRunning, paused } = await readFarmShare(db)
  return paused === null ? Math.min(slots, maxRunning ?? slots) : 0
}
