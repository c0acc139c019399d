import { sql } from 'kysely'
import type { StageChange } from '#contract/activities.ts'
import type { AttemptRef } from '#contract/build.ts'
import { startAttempt } from './attempts.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'

/**
 * Moves the build to a stage of its current attempt and closes the one before.
 * @returns false when the build has ended or a newer attempt exists.
 */
export async function enterStage(pool: Pool, change: StageChange): Promise<boolean> {
  return pool.transaction().execute(async (db) => enter(db, change))
}

/** Moves the build to a stage that its node begins, and takes up the attempt: from here on the placer leaves it alone. */
export async function beginStage(pool: Pool, change: StageChange): Promise<boolean> {
  return pool
    .transaction()
    .execute(async (db) => (await startAttempt(db, change)) && (await enter(db, change)))
}

async function enter(db: Db, { buildId, attempt, stage }: StageChange): Promise<boolean> {
  const current = await db
    .updateTable('builds')
    .set({ stage, ...(stage === 'waiting' ? { waiting_since: sql<Date>`now()` } : {}) })
    .where('id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('status', '=', 'building')
    .returning('id')
    .executeTakeFirst()
  if (current === undefined) return isRepeated(db, { buildId, attempt })
  await db
    .updateTable('stages')
    .set({ finished_at: sql<Date>`now()` })
    .where('build_id', '=', buildId)
    .where('finished_at', 'is', null)
    .where((where) => where.or([where('stage', '<>', stage), where('attempt', '<>', attempt)]))
    .execute()
  await db
    .insertInto('stages')
    .values({ build_id: buildId, attempt, stage })
    .onConflict((c) => c.columns(['build_id', 'attempt', 'stage']).doNothing())
    .execute()
  await notify(db, 'kiln_build', buildId)
  return true
}

/**
 * Whether the build has been placed since, but its workflow does not know: a worker that is killed before it could report
 * leaves its task to another, which enters the same stages again.
 */
async function isRepeated(db: Db, { buildId, attempt }: AttemptRef): Promise<boolean> {
  const next = await db
    .selectFrom('attempts')
    .innerJoin('builds', (join) =>
      join
        .onRef('builds.id', '=', 'attempts.build_id')
        .onRef('builds.attempt', '=', 'attempts.number'),
    )
    .select('attempts.number')
    .where('attempts.build_id', '=', buildId)
    .where('attempts.number', '=', attempt + 1)
    .where('attempts.started_at', 'is', null)
    .where('builds.status', '=', 'building')
    .executeTakeFirst()
  return next !== undefined
}
