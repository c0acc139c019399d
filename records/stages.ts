import { sql } from 'kysely'
import type { StageChange } from '#contract/activities.ts'
import type { Pool } from './connect.ts'
import { notify } from './notify.ts'

/**
 * Moves the build to a stage of its current attempt and closes the one before.
 * @returns false when the build has ended or a newer attempt exists.
 */
export async function enterStage(
  pool: Pool,
  { buildId, attempt, stage }: StageChange,
): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const current = await db
      .updateTable('builds')
      .set({ stage, ...(stage === 'waiting' ? { waiting_since: sql<Date>`now()` } : {}) })
      .where('id', '=', buildId)
      .where('attempt', '=', attempt)
      .where('status', '=', 'building')
      .returning('id')
      .executeTakeFirst()
    if (current === undefined) return false
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
    if (stage === 'waiting') await notify(db, 'kiln_placement')
    return true
  })
}
