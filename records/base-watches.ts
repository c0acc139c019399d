import { sql } from 'kysely'
import { after } from './after.ts'
import type { Db } from './connect.ts'
import { notify } from './notify.ts'

/** Has an image built again from now on when a base of it moves; one that was given up is tried again. */
export async function watchBases(db: Db, imageId: number): Promise<void> {
  const anew = { since: sql<Date>`now()`, check_at: sql<Date>`now()`, stopped_at: null }
  await db
    .insertInto('base_watches')
    .values({ image_id: imageId })
    .onConflict((c) => c.column('image_id').doUpdateSet({ ...anew, problem: null }))
    .execute()
  await notify(db, 'kiln_bases')
}

export async function unwatchBases(db: Db, imageId: number): Promise<void> {
  await db.deleteFrom('base_watches').where('image_id', '=', imageId).execute()
}

/** `undefined` for an image that is not built again by itself. */
export async function findWatch(db: Db, imageId: number) {
  return db
    .selectFrom('base_watches')
    .select(['checked_at', 'problem', 'stopped_at'])
    .where('image_id', '=', imageId)
    .executeTakeFirst()
}

/**
 * Has every image looked at at once that is built on this one, and the image itself, whose bases may be others now. Part of
 * the transaction that moves its name.
 * @param place registry and repository, of which the host does not count.
 */
export async function hastenWatches(db: Db, imageId: number, place: string): Promise<void> {
  const repository = place.slice(place.indexOf('/') + 1)
  const { numAffectedRows } = await sql`
    with meant as (
      select image_id from base_watches
      where image_id = ${imageId} or repositories @> array[${repository}]
      order by image_id for update)
    update base_watches set check_at = least(check_at, now())
    from meant where meant.image_id = base_watches.image_id and stopped_at is null`.execute(db)
  if (numAffectedRows !== undefined && numAffectedRows > 0n) await notify(db, 'kiln_bases')
}

/** Takes the image that is due the longest. After `leaseMs` somebody else may take it. @returns its id. */
export async function claimWatch(db: Db, leaseMs: number) {
  return db
    .updateTable('base_watches')
    .set({ check_at: after(leaseMs) })
    .where('image_id', '=', (select) =>
      select
        .selectFrom('base_watches')
        .select('image_id')
        .where('stopped_at', 'is', null)
        .where('check_at', '<=', sql<Date>`now()`)
        .orderBy('check_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(['image_id as imageId', 'since'])
    .executeTakeFirst()
}

export interface WatchResult {
  /** Of the bases, without host; absent when they are not known. */
  readonly repositories?: readonly string[]
  readonly problem: string | null
  readonly nextMs: number
}

/** Notes what came of a look. One that was hastened meanwhile stays due. */
export async function storeLook(
  db: Db,
  imageId: number,
  { repositories, problem, nextMs }: WatchResult,
): Promise<void> {
  await db
    .updateTable('base_watches')
    .set({
      checked_at: sql<Date>`now()`,
      problem,
      ...(repositories && { repositories: [...repositories] }),
      check_at: sql<Date>`case when check_at <= now() then check_at else ${after(nextMs)} end`,
    })
    .where('image_id', '=', imageId)
    .execute()
}

/** Leaves an image alone until somebody asks for it again. */
export async function stopWatch(db: Db, imageId: number, problem: string): Promise<boolean> {
  const stopped = await db
    .updateTable('base_watches')
    .set({ stopped_at: sql<Date>`now()`, checked_at: sql<Date>`now()`, problem })
    .where('image_id', '=', imageId)
    .where('stopped_at', 'is', null)
    .returning('image_id')
    .executeTakeFirst()
  return stopped !== undefined
}
