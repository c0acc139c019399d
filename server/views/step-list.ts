import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import { nodeStages } from '#contract/stage.ts'
import { stepLimits } from '#contract/step.ts'
import type { Db } from '../../records/connect.ts'

const maxSteps = stepLimits.steps * nodeStages.length
const maxWarnings = stepLimits.warnings * nodeStages.length

/** The steps of an attempt as `GET /api/builds/{id}/steps` shows them: each stage in order. Durations in ms. */
export async function listSteps(db: Db, ref: AttemptRef) {
  const [steps, warnings, { cache_broken_by, cached, total, steps_omitted }] = await Promise.all([
    readSteps(db, ref),
    readWarnings(db, ref),
    summariseSteps(db, ref),
  ])
  return { steps, steps_omitted, warnings, cache_broken_by, cached, total }
}

/** `cached` and `total` count the steps that stand in the Dockerfile, bases left out. */
export async function summariseSteps(db: Db, ref: AttemptRef) {
  const isWritten = sql<boolean>`stage = 'building' and name like '[%' and name not like '[%] FROM %'`
  const [counts, { warnings }, broken, { steps_omitted }] = await Promise.all([
    stepsOf(db, ref)
      .select([
        sql<number>`count(*) filter (where ${isWritten} and cached)`.as('cached'),
        sql<number>`count(*) filter (where ${isWritten})`.as('total'),
        sql<number>`coalesce(sum(transferred_bytes), 0)::bigint`.as('transferred_bytes'),
      ])
      .executeTakeFirstOrThrow(),
    warningsOf(db, ref)
      .select((of) => of.fn.countAll<number>().as('warnings'))
      .executeTakeFirstOrThrow(),
    stepsOf(db, ref)
      .select(['number', 'name', 'line'])
      .where('stage', '=', 'building')
      .where('broke_cache', '=', true)
      .orderBy('number')
      .limit(1)
      .executeTakeFirst(),
    db
      .selectFrom('stages')
      .select(sql<number>`coalesce(sum(steps_omitted), 0)::integer`.as('steps_omitted'))
      .where('build_id', '=', ref.buildId)
      .where('attempt', '=', ref.attempt)
      .executeTakeFirstOrThrow(),
  ])
  return { ...counts, steps_omitted, warnings, cache_broken_by: broken ?? null }
}

/** The steps that are kept of an attempt, each stage in order. */
export async function readSteps(db: Db, ref: AttemptRef) {
  const rows = await stepsOf(db, ref)
    .select(['stage', 'attempt', 'number', 'name', 'line', 'started_at', 'duration_ms'])
    .select(['cached', 'error', 'transferred_bytes'])
    .orderBy(sql`array_position(${sql.val([...nodeStages])}::varchar[], stage)`)
    .orderBy('number')
    .limit(maxSteps)
    .execute()
  return rows.map((row) => ({ ...row, started_at: row.started_at.toISOString() }))
}

async function readWarnings(db: Db, ref: AttemptRef) {
  return warningsOf(db, ref)
    .select(['stage', 'text', 'line', 'url', 'detail'])
    .orderBy('stage')
    .orderBy('number')
    .limit(maxWarnings)
    .execute()
}

function stepsOf(db: Db, { buildId, attempt }: AttemptRef) {
  return db.selectFrom('steps').where('build_id', '=', buildId).where('attempt', '=', attempt)
}

function warningsOf(db: Db, { buildId, attempt }: AttemptRef) {
  return db.selectFrom('warnings').where('build_id', '=', buildId).where('attempt', '=', attempt)
}
