import { sql } from 'kysely'
import type { Db, Pool } from './connect.ts'

export interface OutboxEntry {
  readonly id: number
  readonly buildId: string
  readonly name: string
  readonly project: string
  readonly action: 'start' | 'cancel'
}

const maxBackoffSeconds = 60

/**
 * Takes up to `limit` due entries, hands each to `deliver` and deletes the delivered ones, all under row locks, so
 * two relays never share an entry and a relay that dies leaves its entries due. Entries of one build keep their order.
 * @returns how many entries were taken.
 */
export async function drainOutbox(
  pool: Pool,
  limit: number,
  deliver: (entry: OutboxEntry) => Promise<boolean>,
): Promise<number> {
  return pool.transaction().execute(async (db) => {
    const entries = await claim(db, limit)
    const delivered = await Promise.all(entries.map(deliver))
    const done = entries.filter((_, index) => delivered[index]).map(({ id }) => id)
    const failed = entries.filter((_, index) => !delivered[index]).map(({ id }) => id)
    if (done.length > 0) await db.deleteFrom('outbox').where('id', 'in', done).execute()
    if (failed.length > 0) await postpone(db, failed)
    return entries.length
  })
}

async function claim(db: Db, limit: number): Promise<OutboxEntry[]> {
  return db
    .selectFrom('outbox as entry')
    .innerJoin('builds', 'builds.id', 'entry.build_id')
    .innerJoin('projects', 'projects.id', 'builds.project_id')
    .select(['entry.id', 'entry.build_id as buildId', 'builds.name', 'entry.action'])
    .select('projects.name as project')
    .where('entry.next_try_at', '<=', sql<Date>`now()`)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox as earlier')
            .select('earlier.id')
            .whereRef('earlier.build_id', '=', 'entry.build_id')
            .whereRef('earlier.id', '<', 'entry.id'),
        ),
      ),
    )
    .orderBy('entry.id')
    .limit(limit)
    .forUpdate('entry')
    .skipLocked()
    .execute()
}

async function postpone(db: Db, ids: readonly number[]): Promise<void> {
  const seconds = sql`least(${maxBackoffSeconds}, power(2, tries)) * (0.75 + random() / 2)`
  await db
    .updateTable('outbox')
    .set((set) => ({
      tries: set('tries', '+', 1),
      next_try_at: sql<Date>`now() + ${seconds} * interval '1 second'`,
    }))
    .where('id', 'in', ids)
    .execute()
}
