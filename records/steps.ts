import type { QueryCreator } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { BuildStep, BuildWarning, StepReport } from '#contract/step.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'
import { selectOpenAttempt } from './open-attempt.ts'
import type { Database } from './schema.ts'

/**
 * Keeps what a stage of the attempt reports; a step that is known is replaced.
 * @returns false when the attempt is not the build's current one or has ended.
 */
export async function saveSteps(
  pool: Pool,
  ref: AttemptRef,
  { stage, begins, steps, warnings, omitted }: StepReport,
): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const place: Place = { build_id: ref.buildId, attempt: ref.attempt, stage }
    if (!(await (begins ? forget(db, place) : isOpen(db, place)))) return false
    if (steps.length > 0) await writeSteps(db, place, steps)
    if (warnings.length > 0) await writeWarnings(db, place, warnings)
    if (omitted > 0) await countOmitted(db, place, omitted).execute()
    await notify(db, 'kiln_steps', ref.buildId)
    return true
  })
}

interface Place {
  readonly build_id: string
  readonly attempt: number
  readonly stage: StepReport['stage']
}

async function isOpen(db: Db, place: Place): Promise<boolean> {
  return (await selectOpen(db, place).executeTakeFirst()) !== undefined
}

function selectOpen(db: QueryCreator<Database>, { build_id: buildId, attempt }: Place) {
  return selectOpenAttempt(db, { buildId, attempt }).select('builds.id')
}

/** Of an earlier run of the stage, in the statement that looks whether the attempt is open. @returns whether it is. */
async function forget(db: Db, place: Place): Promise<boolean> {
  const open = await db
    .with('open', (creator) => selectOpen(creator, place))
    .with('old_steps', (creator) =>
      creator
        .deleteFrom('steps')
        .using('open')
        .whereRef('build_id', '=', 'open.id')
        .where('attempt', '=', place.attempt)
        .where('stage', '=', place.stage),
    )
    .with('old_warnings', (creator) =>
      creator
        .deleteFrom('warnings')
        .using('open')
        .whereRef('build_id', '=', 'open.id')
        .where('attempt', '=', place.attempt)
        .where('stage', '=', place.stage),
    )
    .with('old_count', (creator) => countOmitted(creator, place, 0).where('steps_omitted', '>', 0))
    .selectFrom('open')
    .select('id')
    .executeTakeFirst()
  return open !== undefined
}

function countOmitted(db: QueryCreator<Database>, place: Place, omitted: number) {
  return db
    .updateTable('stages')
    .set({ steps_omitted: omitted })
    .where('build_id', '=', place.build_id)
    .where('attempt', '=', place.attempt)
    .where('stage', '=', place.stage)
}

async function writeSteps(db: Db, place: Place, steps: readonly BuildStep[]): Promise<void> {
  await db
    .insertInto('steps')
    .values(steps.map((step) => ({ ...place, ...step })))
    .onConflict((c) =>
      c.columns(['build_id', 'attempt', 'stage', 'number']).doUpdateSet((set) => ({
        name: set.ref('excluded.name'),
        line: set.ref('excluded.line'),
        started_at: set.ref('excluded.started_at'),
        duration_ms: set.ref('excluded.duration_ms'),
        cached: set.ref('excluded.cached'),
        broke_cache: set.ref('excluded.broke_cache'),
        error: set.ref('excluded.error'),
        transferred_bytes: set.ref('excluded.transferred_bytes'),
      })),
    )
    .execute()
}

async function writeWarnings(db: Db, place: Place, warnings: readonly BuildWarning[]) {
  await db
    .insertInto('warnings')
    .values(
      warnings.map(({ detail, ...rest }) => ({
        ...place,
        ...rest,
        detail: JSON.stringify(detail),
      })),
    )
    .onConflict((c) => c.columns(['build_id', 'attempt', 'stage', 'number']).doNothing())
    .execute()
}
