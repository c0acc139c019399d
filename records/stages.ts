import { type QueryCreator, sql } from 'kysely'
import type { StageChange } from '#contract/activities.ts'
import type { AttemptRef } from '#contract/build.ts'
import type { Stage, Status } from '#contract/stage.ts'
import type { Db, Pool } from './connect.ts'
import { notification } from './notify.ts'
import type { Database } from './schema.ts'

export interface StageEntry extends StageChange {
  /** The only stage from which the build is moved on; any when absent. */
  readonly from?: Stage | Status | undefined
}

/**
 * Moves the build to a stage of its current attempt and closes the one before.
 * @returns false when the build has ended or a newer attempt exists, or it is in another stage than it is to be moved from.
 */
export async function enterStage(db: Db, { from, ...change }: StageEntry): Promise<boolean> {
  const { buildId, attempt } = change
  const moved = db.with('moved', (part) =>
    moveTo(part, change)
      .$if(from !== undefined, (query) => query.where('stage', '=', from ?? 'queued'))
      .returning('id'),
  )
  if (await openStage(moved, change)) return true
  return from === undefined && isRepeated(db, { buildId, attempt })
}

/**
 * Moves the build to a stage that its node begins, and takes up the attempt: from here on the placer leaves it alone.
 * @returns false when the build or the attempt has ended, the build is to be cancelled, or a newer attempt exists.
 */
export async function beginStage(pool: Pool, change: StageChange): Promise<boolean> {
  const { buildId, attempt } = change
  const begun = pool
    .with('moved', (db) =>
      moveTo(db, change)
        .where('cancel_requested_at', 'is', null)
        .where((where) =>
          where.exists(
            where
              .selectFrom('attempts')
              .select('number')
              .where('build_id', '=', buildId)
              .where('number', '=', attempt)
              .where('finished_at', 'is', null),
          ),
        )
        .returning('id'),
    )
    .with('started', (db) =>
      db
        .updateTable('attempts')
        .from('moved')
        .set({ started_at: sql<Date>`coalesce(started_at, now())` })
        .whereRef('build_id', '=', 'moved.id')
        .where('number', '=', attempt),
    )
  return openStage(begun, change)
}

function moveTo(db: QueryCreator<Database>, { buildId, attempt, stage }: StageChange) {
  return db
    .updateTable('builds')
    .set({ stage, ...(stage === 'waiting' ? { waiting_since: sql<Date>`now()`, wait: null } : {}) })
    .where('id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('status', '=', 'building')
}

/** All in one statement: a stage begins seven times in a build, and each trip to the database is waited for. */
async function openStage(
  moved: QueryCreator<Database & { moved: { id: string } }>,
  { attempt, stage }: StageChange,
): Promise<boolean> {
  const entered = await moved
    .with('closed', (db) =>
      db
        .updateTable('stages')
        .from('moved')
        .set({ finished_at: sql<Date>`now()` })
        .whereRef('build_id', '=', 'moved.id')
        .where('finished_at', 'is', null)
        .where((where) =>
          where.or([where('stage', '<>', stage), where('stages.attempt', '<>', attempt)]),
        ),
    )
    .with('opened', (db) =>
      db
        .insertInto('stages')
        .columns(['build_id', 'attempt', 'stage'])
        .expression((from) =>
          from
            .selectFrom('moved')
            .select([
              'id',
              sql<number>`${attempt}::integer`.as('attempt'),
              sql<string>`${stage}::varchar`.as('stage'),
            ]),
        )
        .onConflict((c) => c.columns(['build_id', 'attempt', 'stage']).doNothing()),
    )
    .selectFrom('moved')
    .select((select) => notification('kiln_build', select.ref('moved.id')).as('told'))
    .executeTakeFirst()
  return entered !== undefined
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
