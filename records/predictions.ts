import { type QueryCreator, sql } from 'kysely'
import type { Db } from './connect.ts'
import type { Database } from './schema.ts'

/** When a build is said to start, in ms from now. */
export interface Prediction {
  readonly expectedMs: number
  readonly lowMs: number
  readonly highMs: number
}

export interface SettledPrediction extends Prediction {
  readonly waitedMs: number
}

const keptFor = '7 days'
/** By one statement. */
const dropped = 1_000

/** Notes what a build was told first; it is compared with when it starts. */
export async function storePrediction(
  db: Db,
  buildId: string,
  needsGpu: boolean,
  { expectedMs, lowMs, highMs }: Prediction,
): Promise<void> {
  await db
    .insertInto('start_predictions')
    .values({
      build_id: buildId,
      needs_gpu: needsGpu,
      expected_ms: expectedMs,
      low_ms: lowMs,
      high_ms: highMs,
    })
    .onConflict((c) => c.column('build_id').doNothing())
    .execute()
}

/** Notes how long those of these builds have waited that were told something: a part of another statement. */
export function settlePredictions(db: QueryCreator<Database>, buildIds: readonly string[]) {
  return db
    .updateTable('start_predictions')
    .set({
      waited_ms: sql<number>`extract(epoch from clock_timestamp() - made_at) * 1000`,
      settled_at: sql<Date>`clock_timestamp()`,
    })
    .where('build_id', '=', sql<string>`any(${buildIds}::text[])`)
    .where('waited_ms', 'is', null)
}

/** Those that have come out last, of builds of a kind. */
export async function readSettled(
  db: Db,
  needsGpu: boolean,
  limit: number,
): Promise<readonly SettledPrediction[]> {
  const rows = await db
    .selectFrom('start_predictions')
    .select(['expected_ms as expectedMs', 'low_ms as lowMs', 'high_ms as highMs'])
    .select('waited_ms as waitedMs')
    .where('needs_gpu', '=', needsGpu)
    .where('settled_at', 'is not', null)
    .orderBy('settled_at', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ waitedMs, ...row }) => ({ ...row, waitedMs: waitedMs ?? 0 }))
}

/** Forgets those that are old, and those of builds that never started. @returns whether there may be more. */
export async function dropOldPredictions(db: Db): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`delete from start_predictions where build_id in (
    select build_id from start_predictions where made_at < now() - ${keptFor}::interval limit ${dropped})`.execute(
    db,
  )
  return numAffectedRows === BigInt(dropped)
}

/** How long the newest builds of a kind have kept their node, in ms. */
export async function readDurations(
  db: Db,
  needsGpu: boolean,
  limit: number,
): Promise<readonly number[]> {
  const { rows } = await sql<{ readonly ms: number }>`
    select extract(epoch from newest.finished_at - newest.placed_at)::float8 * 1000 as ms
    from (
      select build_id, placed_at, finished_at from attempts
      where finished_at is not null and started_at is not null
      order by finished_at desc limit ${limit * 5}
    ) as newest join builds on builds.id = newest.build_id
    where builds.needs_gpu = ${needsGpu} limit ${limit}`.execute(db)
  return rows.map(({ ms }) => ms)
}

/** Builds that have come to wait since a moment ago and were told nothing yet. */
export async function readUnpredicted(
  db: Db,
  sinceMs: number,
  limit: number,
): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: string }>`
    select newest.id from (
      select id from builds
      where waiting_since > now() - ${sinceMs} * interval '1 millisecond' and cancel_requested_at is null
      order by waiting_since desc limit ${limit}
    ) as newest
    where not exists (select from start_predictions where build_id = newest.id)`.execute(db)
  return rows.map(({ id }) => id)
}
