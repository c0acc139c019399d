import { sql } from 'kysely'
import { gpuLeaseMs } from '#contract/gpu-lease.ts'
import { recordAudit } from './audit.ts'
import type { Time } from './columns.ts'
import type { Db, Pool } from './connect.ts'

export interface FarmClockTable {
  one: boolean
  /** The latest that the database's clock has shown. */
  shown_at: Time
}

/** Of less, nothing lives noticeably longer. */
const leastMs = 1_000
/** What ends on a certain day ends on that day, when a clock is put right that was off by so much. */
const mostOfDatesMs = 24 * 60 * 60_000

interface Ending {
  readonly table: string
  readonly column: string
  /** No longer than this from when it is kept up: what ends sooner may have been since the clock was set. */
  readonly lifeMs: number
}

/** What ends some time after it was made or kept up. */
const lives = (leaseMs: number): readonly Ending[] => [
  { table: 'nodes', column: 'leased_until', lifeMs: leaseMs },
  { table: 'gpu_leases', column: 'leased_until', lifeMs: gpuLeaseMs },
  { table: 'node_credentials', column: 'expires_at', lifeMs: 0 },
  { table: 'node_credentials', column: 'issued_at', lifeMs: 0 },
  { table: 'join_tokens', column: 'expires_at', lifeMs: 0 },
  { table: 'sessions', column: 'expires_at', lifeMs: 0 },
  { table: 'webhooks', column: 'old_secret_until', lifeMs: 0 },
]
const dates: readonly Ending[] = [{ table: 'api_tokens', column: 'expires_at', lifeMs: 0 }]

/**
 * Notes what the database's clock shows, and sees to it that nothing lives longer when that was set back since the last look:
 * a lease or a token that had ended would be good again.
 * @param leaseMs of nodes. @returns by how many ms it was set back; 0 as a rule.
 */
export async function noteClock(pool: Pool, leaseMs: number): Promise<number> {
  return pool.transaction().execute(async (db) => {
    const { back } = await db
      .selectFrom('farm_clock')
      .select(
        sql<number>`extract(epoch from shown_at - clock_timestamp())::float8 * 1000`.as('back'),
      )
      .forUpdate()
      .executeTakeFirstOrThrow()
    await db
      .updateTable('farm_clock')
      .set({ shown_at: sql<Date>`clock_timestamp()` })
      .execute()
    if (back < leastMs) return 0
    const ending = [...lives(leaseMs), ...(back <= mostOfDatesMs ? dates : [])]
    for (const one of ending) await endSooner(db, one, back)
    const detail = { seconds: Math.round(back / 1000) }
    await recordAudit(db, { actor: 'farm', action: 'farm.clock_back', object: 'farm', detail })
    return back
  })
}

async function endSooner(db: Db, { table, column, lifeMs }: Ending, ms: number): Promise<void> {
  const end = sql.ref(column)
  await sql`update ${sql.table(table)} set ${end} = ${end} - ${ms} * interval '1 ms'
    where ${end} > clock_timestamp() + ${lifeMs} * interval '1 ms'`.execute(db)
}
