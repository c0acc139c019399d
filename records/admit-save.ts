import type { AttemptRef } from '#contract/build.ts'
import type { SaveSize } from '#contract/save.ts'
import type { Pool } from './connect.ts'
import { selectOpenAttempt } from './open-attempt.ts'
import { requireQuotas } from './quotas.ts'

/**
 * Notes how much a save will be, unless its project may not have so much: before anything stands still for it.
 * @returns false when the attempt has ended, is not the current one, or saves nothing. @throws QuotaExceeded
 */
export async function admitSave(pool: Pool, ref: AttemptRef, size: SaveSize): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const build = await selectOpenAttempt(db, ref)
      .innerJoin('build_saves', 'build_saves.build_id', 'builds.id')
      .select('builds.project_id')
      .where('cancel_requested_at', 'is', null)
      .executeTakeFirst()
    if (build === undefined) return false
    await requireQuotas(db, build.project_id, { registry_bytes: size.least_bytes })
    await db
      .updateTable('build_saves')
      .set({ hidden_bytes: size.hidden_bytes })
      .where('build_id', '=', ref.buildId)
      .execute()
    return true
  })
}
