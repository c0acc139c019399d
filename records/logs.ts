import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { selectOpenAttempt } from './open-attempt.ts'

/**
 * Whether the attempt may still write a log: it is the build's current one and has not ended. The first time it is
 * asked, the log gets its row.
 */
export async function admitLog(db: Db, { buildId, attempt }: AttemptRef): Promise<boolean> {
  const current = await selectOpenAttempt(db, { buildId, attempt })
    .leftJoin('logs', (join) =>
      join.onRef('logs.build_id', '=', 'builds.id').onRef('logs.attempt', '=', 'builds.attempt'),
    )
    .select('logs.attempt as known')
    .executeTakeFirst()
  if (current === undefined) return false
  if (current.known === null) {
    await db
      .insertInto('logs')
      .values({ build_id: buildId, attempt })
      .onConflict((c) => c.doNothing())
      .execute()
  }
  return true
}

/** Up to `limit` logs that get no more lines but are not sealed yet. */
export async function readUnsealed(db: Db, limit: number): Promise<readonly AttemptRef[]> {
  return db
    .selectFrom('logs')
    .innerJoin('attempts', (join) =>
      join
        .onRef('attempts.build_id', '=', 'logs.build_id')
        .onRef('attempts.number', '=', 'logs.attempt'),
    )
    .select(['logs.build_id as buildId', 'logs.attempt'])
    .where('logs.sealed_at', 'is', null)
    .where('attempts.finished_at', 'is not', null)
    .limit(limit)
    .execute()
}

export interface SealedLog extends AttemptRef {
  readonly lines: number
  readonly rawBytes: number
  readonly storedBytes: number
}

export async function sealLog(db: Db, log: SealedLog): Promise<void> {
  const { buildId, attempt, lines, rawBytes, storedBytes } = log
  const sealed = {
    lines,
    raw_bytes: rawBytes,
    stored_bytes: storedBytes,
    sealed_at: sql<Date>`now()`,
  }
  await db
    .insertInto('logs')
    .values({ build_id: buildId, attempt, ...sealed })
    .onConflict((c) => c.columns(['build_id', 'attempt']).doUpdateSet(sealed))
    .execute()
}

/**
 * Marks the logs of a build as used; not more than once an hour, so that reading stays cheap.
 * @returns false when one of them is no longer kept.
 */
export async function useLogs(db: Db, buildId: string): Promise<boolean> {
  const rows = await db
    .selectFrom('logs')
    .select('dropped_at')
    .select(sql<boolean>`used_at < now() - interval '1 hour'`.as('stale'))
    .where('build_id', '=', buildId)
    .execute()
  if (rows.some(({ stale }) => stale)) {
    await db
      .updateTable('logs')
      .set({ used_at: sql<Date>`now()` })
      .where('build_id', '=', buildId)
      .execute()
  }
  return rows.every(({ dropped_at }) => dropped_at === null)
}

/** Gives up sealed logs that nobody has read for `idleMs`; `remove` deletes their files while their rows are locked. */
export async function dropIdleLogs(
  pool: Pool,
  { idleMs, limit }: { readonly idleMs: number; readonly limit: number },
  remove: (ref: AttemptRef) => Promise<void>,
): Promise<readonly AttemptRef[]> {
  return pool.transaction().execute(async (db) => {
    const idle = await db
      .selectFrom('logs')
      .select(['build_id as buildId', 'attempt'])
      .where('sealed_at', 'is not', null)
      .where('dropped_at', 'is', null)
      .where('used_at', '<', sql<Date>`now() - ${idleMs} * interval '1 millisecond'`)
      .orderBy('used_at')
      .limit(limit)
      .forUpdate()
      .skipLocked()
      .execute()
    for (const ref of idle) {
      const { buildId, attempt } = ref
      await db
        .updateTable('logs')
        .set({ dropped_at: sql<Date>`now()` })
        .where('build_id', '=', buildId)
        .where('attempt', '=', attempt)
        .execute()
      await remove(ref)
      const detail = { attempt }
      await recordAudit(db, { actor: 'farm', action: 'log.drop', object: buildId, detail })
    }
    return idle
  })
}
