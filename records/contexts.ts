import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { requireQuotas } from './quotas.ts'
import type { Scope } from './scope.ts'

export interface ContextRecord {
  readonly digest: string
  readonly bytes: number
  readonly files: number
}

/**
 * Remembers a context of a project and lets `place` put its bytes in place. The same bytes again are the same context,
 * also after it was dropped; the lock on its row keeps the two from happening at once.
 * @throws QuotaExceeded when the project has too many bytes then.
 */
export async function storeContext(
  { farm, actor }: Scope,
  projectId: number,
  context: ContextRecord,
  place: () => Promise<void>,
): Promise<void> {
  const { digest, ...detail } = context
  await farm.transaction().execute(async (db) => {
    if ((await findContext(db, projectId, digest)) === undefined) {
      await requireQuotas(db, projectId, { context_bytes: context.bytes })
    }
    await db
      .insertInto('contexts')
      .values(context)
      .onConflict((c) =>
        c.column('digest').doUpdateSet({ used_at: sql<Date>`now()`, dropped_at: null }),
      )
      .execute()
    await db
      .insertInto('project_contexts')
      .values({ project_id: projectId, digest })
      .onConflict((c) => c.columns(['digest', 'project_id']).doNothing())
      .execute()
    await place()
    await recordAudit(db, { actor, action: 'context.upload', object: digest, detail, projectId })
  })
}

/** A context that the project has uploaded and that is still kept. */
export async function findContext(
  db: Db,
  projectId: number,
  digest: string,
): Promise<ContextRecord | undefined> {
  return db
    .selectFrom('contexts')
    .innerJoin('project_contexts', 'project_contexts.digest', 'contexts.digest')
    .select(['contexts.digest', 'bytes', 'files'])
    .where('contexts.digest', '=', digest)
    .where('project_id', '=', projectId)
    .where('dropped_at', 'is', null)
    .executeTakeFirst()
}

/** Marks a context of the project as used now. @returns false when it is not kept. */
export async function useContext(db: Db, projectId: number, digest: string): Promise<boolean> {
  const used = await db
    .updateTable('contexts')
    .from('project_contexts')
    .set({ used_at: sql<Date>`now()` })
    .whereRef('project_contexts.digest', '=', 'contexts.digest')
    .where('contexts.digest', '=', digest)
    .where('project_id', '=', projectId)
    .where('dropped_at', 'is', null)
    .returning('contexts.digest')
    .executeTakeFirst()
  return used !== undefined
}

/** Whether this is the current attempt of a running build that was submitted with the context. */
export async function needsContext(
  db: Db,
  { buildId, attempt }: AttemptRef,
  digest: string,
): Promise<boolean> {
  const build = await db
    .selectFrom('builds')
    .innerJoin('build_contexts', 'build_contexts.build_id', 'builds.id')
    .select('builds.id')
    .where('builds.id', '=', buildId)
    .where('attempt', '=', attempt)
    .where('status', '=', 'building')
    .where('build_contexts.digest', '=', digest)
    .executeTakeFirst()
  return build !== undefined
}

/**
 * Gives up contexts that nobody has used for `idleMs` and that no running build needs; `remove` deletes their bytes
 * while their rows are locked. The rows stay, so that old builds still say what they were built from, but nobody owns
 * them any more.
 */
export async function dropIdleContexts(
  pool: Pool,
  { idleMs, limit }: { readonly idleMs: number; readonly limit: number },
  remove: (digest: string) => Promise<void>,
): Promise<readonly string[]> {
  return pool.transaction().execute(async (db) => {
    const dropped = await db
      .updateTable('contexts')
      .set({ dropped_at: sql<Date>`now()` })
      .where('digest', 'in', (select) =>
        select
          .selectFrom('contexts')
          .select('digest')
          .where('dropped_at', 'is', null)
          .where('used_at', '<', sql<Date>`now() - ${idleMs} * interval '1 millisecond'`)
          .where((where) =>
            where.not(
              where.exists(
                where
                  .selectFrom('build_contexts')
                  .innerJoin('builds', 'builds.id', 'build_contexts.build_id')
                  .select('builds.id')
                  .whereRef('build_contexts.digest', '=', 'contexts.digest')
                  .where('builds.status', '=', 'building'),
              ),
            ),
          )
          .limit(limit)
          .forUpdate()
          .skipLocked(),
      )
      .returning('digest')
      .execute()
    for (const { digest } of dropped) {
      await db.deleteFrom('project_contexts').where('digest', '=', digest).execute()
      await remove(digest)
      await recordAudit(db, { actor: 'farm', action: 'context.drop', object: digest })
    }
    return dropped.map(({ digest }) => digest)
  })
}
