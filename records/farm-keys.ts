import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

/** A key that all servers of the farm share and that outlives them. */
export interface FarmKey {
  /** Sealed, unless nothing wraps it. */
  readonly key: Buffer
  /** Id of the operator's key that it is sealed under. */
  readonly wrappedBy: string | null
}

/** The first that asks for a key makes it. @returns the one that is stored. */
export async function ensureFarmKey(db: Db, name: string, fresh: FarmKey): Promise<FarmKey> {
  await db
    .insertInto('farm_keys')
    .values({ name, key: fresh.key, wrapped_by: fresh.wrappedBy })
    .onConflict((c) => c.doNothing())
    .execute()
  return db
    .selectFrom('farm_keys')
    .select(['key', 'wrapped_by as wrappedBy'])
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
}

/** Those that another key than this one has wrapped, or none. */
export async function readFarmKeysNotBy(
  db: Db,
  wrappedBy: string,
): Promise<readonly (FarmKey & { readonly name: string })[]> {
  return db
    .selectFrom('farm_keys')
    .select(['name', 'key', 'wrapped_by as wrappedBy'])
    .where('wrapped_by', 'is distinct from', wrappedBy)
    .orderBy('name')
    .execute()
}

/** Puts the same key in another wrapping, unless somebody else has. */
export async function replaceFarmKey(
  pool: Pool,
  name: string,
  old: FarmKey,
  { key, wrappedBy }: FarmKey,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const replaced = await db
      .updateTable('farm_keys')
      .set({ key, wrapped_by: wrappedBy })
      .where('name', '=', name)
      .where('wrapped_by', 'is not distinct from', old.wrappedBy)
      .returning('name')
      .executeTakeFirst()
    if (replaced === undefined) return
    const detail = { from: old.wrappedBy, to: wrappedBy }
    await recordAudit(db, { actor: 'farm', action: 'farm.rewrap', object: name, detail })
  })
}
