import type { AttemptRef } from '#contract/build.ts'
import type { LogChunk } from '#contract/log.ts'
import type { Db, Pool } from './connect.ts'

/** An attempt whose lines are still rows of the database. */
export async function findLogRows(db: Db): Promise<AttemptRef | undefined> {
  return db
    .selectFrom('build_logs')
    .select(['build_id as buildId', 'attempt'])
    .orderBy('build_id')
    .orderBy('attempt')
    .limit(1)
    .executeTakeFirst()
}

/** The first lines from `start` on, as many as were stored together. */
export async function readLogRow(
  db: Db,
  { buildId, attempt }: AttemptRef,
  start: number,
): Promise<LogChunk | undefined> {
  const found = await db
    .selectFrom('build_logs')
    .select(['start_line', 'lines'])
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('start_line', '>=', start)
    .orderBy('start_line')
    .limit(1)
    .executeTakeFirst()
  return found && { start: found.start_line, lines: [...found.lines] }
}

/** The lines are in a file now: the log gets its row, and the lines of the database go. */
export async function finishLogImport(pool: Pool, ref: AttemptRef): Promise<void> {
  const { buildId, attempt } = ref
  await pool.transaction().execute(async (db) => {
    await db
      .insertInto('logs')
      .values({ build_id: buildId, attempt })
      .onConflict((c) => c.doNothing())
      .execute()
    await db
      .deleteFrom('build_logs')
      .where('build_id', '=', buildId)
      .where('attempt', '=', attempt)
      .execute()
  })
}
