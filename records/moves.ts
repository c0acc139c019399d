import { sql } from 'kysely'
import type { MoveRefusal } from '#contract/move.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import { hastenWatches } from './base-watches.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'
import { findVersionNumbered } from './versions.ts'

export type MoveAnswer =
  | { readonly moveId: number }
  | 'unknown_version'
  | 'deleted'
  | 'current'
  | 'pending'

interface MoveRequest {
  readonly imageId: number
  /** Number of the version that the name is to point at. */
  readonly version: number
  readonly actor: string
  /** In words, for people. */
  readonly reason: string
}

/** Asks for a name to be moved to a version that there is. Nothing has moved yet when this answers. */
export async function requestMove(pool: Pool, request: MoveRequest): Promise<MoveAnswer> {
  const { imageId, actor, reason } = request
  return pool.transaction().execute(async (db) => {
    const image = await lockImage(db, imageId)
    const version = await findVersionNumbered(db, imageId, request.version)
    if (version === undefined) return 'unknown_version'
    if (version.deleted_at !== null) return 'deleted'
    if (version.id === image.current_version_id) return 'current'
    const inserted = await db
      .insertInto('moves')
      .values({
        image_id: imageId,
        kind: 'rollback',
        from_version_id: image.current_version_id,
        to_version_id: version.id,
        actor,
        reason,
        state: 'pending',
      })
      .onConflict((c) => c.column('image_id').where('state', '=', 'pending').doNothing())
      .returning('id')
      .executeTakeFirst()
    if (inserted === undefined) return 'pending'
    const detail = { version: request.version, digest: version.digest, move: inserted.id, reason }
    await recordAudit(db, { actor, action: 'image.rollback', object: image.name, detail })
    await notify(db, 'kiln_moves')
    return { moveId: inserted.id }
  })
}

/** A move that is to be made, or whose tag is to be written. */
export interface DueMove {
  readonly id: number
  readonly imageId: number
  readonly state: 'pending' | 'moved'
  /** Of the name in the library. */
  readonly repository: string
  /** Of the version that it goes to. */
  readonly digest: string
  /** With this one. */
  readonly tries: number
}

/** Takes the move that is due the longest. After `leaseMs` somebody else may take it. */
export async function claimMove(db: Db, leaseMs: number): Promise<DueMove | undefined> {
  return db
    .updateTable('moves')
    .from('images')
    .from('versions')
    .set({
      tries: sql<number>`moves.tries + 1`,
      next_try_at: after(leaseMs),
    })
    .where('moves.id', '=', (select) =>
      select
        .selectFrom('moves')
        .select('moves.id')
        .where((where) => where.or([where('state', '=', 'pending'), where('tagged', '=', false)]))
        .where('state', '<>', 'refused')
        .where('next_try_at', '<=', sql<Date>`now()`)
        .orderBy('next_try_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .whereRef('images.id', '=', 'moves.image_id')
    .whereRef('versions.id', '=', 'moves.to_version_id')
    .returning(['moves.id', 'moves.image_id as imageId', 'moves.tries'])
    .returning(['images.repository', 'versions.digest'])
    .returning(sql<'pending' | 'moved'>`moves.state`.as('state'))
    .executeTakeFirst()
}

/** The compare-and-set of a rollback. Builds that were accepted before it do not take the name any more. */
export async function makeMove(pool: Pool, { id, imageId }: DueMove): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const image = await lockImage(db, imageId)
    const move = await db
      .updateTable('moves')
      .set({
        state: 'moved',
        from_version_id: image.current_version_id,
        finished_at: sql<Date>`now()`,
      })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .returning(['to_version_id', 'actor'])
      .executeTakeFirst()
    if (move === undefined) return
    const { digest, size } = await db
      .selectFrom('versions')
      .select(['digest', 'size'])
      .where('id', '=', move.to_version_id)
      .executeTakeFirstOrThrow()
    const generation = image.generation + 1
    await db
      .updateTable('images')
      .set({
        digest,
        size,
        current_version_id: move.to_version_id,
        generation,
        held_generation: generation,
      })
      .where('id', '=', imageId)
      .execute()
    await hastenWatches(db, imageId, image.registry)
    const detail = { move: id, digest, generation }
    await recordAudit(db, { actor: 'farm', action: 'image.move', object: image.name, detail })
    await notify(db, 'kiln_moves')
  })
}

/**
 * Ends a move that cannot be made. The name stays where it is; its generation is used up all the same, for builds that
 * were accepted meanwhile have counted the move as made, and must not pass for later than one that follows.
 */
export async function refuseMove(
  pool: Pool,
  { id, imageId }: DueMove,
  refusal: MoveRefusal,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const { name, generation } = await lockImage(db, imageId)
    const refused = await db
      .updateTable('moves')
      .set({ state: 'refused', refusal, finished_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('state', '=', 'pending')
      .returning('id')
      .executeTakeFirst()
    if (refused === undefined) return
    await db
      .updateTable('images')
      .set({ generation: generation + 1 })
      .where('id', '=', imageId)
      .execute()
    const detail = { move: id, refusal }
    await recordAudit(db, { actor: 'farm', action: 'image.move.refuse', object: name, detail })
  })
}

export async function postponeMove(db: Db, id: number, ms: number): Promise<void> {
  await db
    .updateTable('moves')
    .set({ next_try_at: after(ms) })
    .where('id', '=', id)
    .execute()
}

export async function markTagged(db: Db, id: number): Promise<void> {
  await db.updateTable('moves').set({ tagged: true }).where('id', '=', id).execute()
}

async function lockImage(db: Db, id: number) {
  return db
    .selectFrom('images')
    .select(['name', 'registry', 'current_version_id', 'generation'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirstOrThrow()
}
