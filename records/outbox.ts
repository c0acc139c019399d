import { sql } from 'kysely'
import type { BuildFailure } from '#contract/failure.ts'
import type { Db, Pool } from './connect.ts'

interface Subject {
  readonly id: number
  /** Of the image. */
  readonly name: string
  readonly project: string
}

export type OutboxEntry = Subject &
  (
    | { readonly buildId: string; readonly action: 'start' | 'cancel' }
    | { readonly buildId: string; readonly action: 'fail'; readonly failure: BuildFailure }
    | {
        readonly environmentId: string
        /** Number of its current start. */
        readonly start: number
        readonly action: 'start' | 'wake'
      }
  )

const maxBackoffSeconds = 60

/**
 * Takes up to `limit` due entries, hands each to `deliver` and deletes the delivered ones, all under row locks, so
 * two relays never share an entry and a relay that dies leaves its entries due. Entries of one subject keep their order.
 * @param dueForMs only those are taken that were due so long ago.
 * @returns how many entries were taken.
 */
export async function drainOutbox(
  pool: Pool,
  limit: number,
  deliver: (entry: OutboxEntry) => Promise<boolean>,
  dueForMs = 0,
): Promise<number> {
  return pool.transaction().execute(async (db) => {
    const entries = await claim(db, limit, dueForMs)
    const delivered = await Promise.all(entries.map(deliver))
    const done = entries.filter((_, index) => delivered[index]).map(({ id }) => id)
    const failed = entries.filter((_, index) => !delivered[index]).map(({ id }) => id)
    if (done.length > 0) await db.deleteFrom('outbox').where('id', 'in', done).execute()
    if (failed.length > 0) await postpone(db, failed)
    return entries.length
  })
}

async function claim(db: Db, limit: number, dueForMs: number): Promise<OutboxEntry[]> {
  const rows = await db
    .selectFrom('outbox as entry')
    .leftJoin('builds', 'builds.id', 'entry.build_id')
    .leftJoin('environments', 'environments.id', 'entry.environment_id')
    .leftJoin('builds as leader', 'leader.id', 'builds.joined_to')
    .innerJoin('projects', (join) =>
      join.on(sql<boolean>`projects.id = coalesce(builds.project_id, environments.project_id)`),
    )
    .select(['entry.id', 'entry.build_id', 'entry.environment_id', 'entry.action'])
    .select(sql<string>`coalesce(builds.name, environments.name)`.as('name'))
    .select(['environments.start', 'projects.name as project', 'leader.failure'])
    .where('entry.next_try_at', '<=', sql<Date>`now() - ${dueForMs} * interval '1 ms'`)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox as earlier')
            .select('earlier.id')
            .where((either) =>
              either.or([
                either('earlier.build_id', '=', either.ref('entry.build_id')),
                either('earlier.environment_id', '=', either.ref('entry.environment_id')),
              ]),
            )
            .whereRef('earlier.id', '<', 'entry.id'),
        ),
      ),
    )
    .orderBy('entry.id')
    .limit(limit)
    .forUpdate('entry')
    .skipLocked()
    .execute()
  return rows.map(readEntry)
}

interface Row extends Subject {
  readonly build_id: string | null
  readonly environment_id: string | null
  readonly start: number | null
  readonly action: 'start' | 'cancel' | 'wake' | 'fail'
  /** Of the build that did the work of this one. */
  readonly failure: BuildFailure | null
}

function readEntry({
  build_id,
  environment_id,
  start,
  action,
  failure,
  ...subject
}: Row): OutboxEntry {
  if (build_id !== null && action === 'fail' && failure !== null) {
    return { ...subject, buildId: build_id, action, failure }
  }
  if (build_id !== null) {
    return { ...subject, buildId: build_id, action: action === 'cancel' ? 'cancel' : 'start' }
  }
  return {
    ...subject,
    environmentId: environment_id ?? '',
    start: start ?? 0,
    action: action === 'wake' ? 'wake' : 'start',
  }
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
