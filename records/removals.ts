import { sql } from 'kysely'
import type { DeletionRefusal } from '#contract/deletion.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { lockImage, putBack, showImageAgain } from './deletions.ts'
import { notify } from './notify.ts'

/** A version that is to be removed from the registry. */
export interface DueDeletion {
  readonly id: number
  readonly imageId: number
  readonly versionId: number
  readonly number: number
  readonly digest: string
  readonly repository: string
  /** Of the name. */
  readonly tag: string
  readonly wholeImage: boolean
  readonly wasCurrent: boolean
  /** With this one. */
  readonly tries: number
}

/** Takes the deletion that is due the longest, what a name points at last. After `leaseMs` somebody else may take it. */
export async function claimDeletion(db: Db, leaseMs: number): Promise<DueDeletion | undefined> {
  return db
    .updateTable('deletions')
    .from('versions')
    .from('images')
    .set({ tries: sql<number>`deletions.tries + 1`, next_try_at: after(leaseMs) })
    .where('deletions.id', '=', (select) =>
      select
        .selectFrom('deletions')
        .select('deletions.id')
        .where('state', 'in', ['pending', 'removing'])
        .where('next_try_at', '<=', sql<Date>`now()`)
        .orderBy('next_try_at')
        .orderBy('was_current')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .whereRef('versions.id', '=', 'deletions.version_id')
    .whereRef('images.id', '=', 'deletions.image_id')
    .returning(['deletions.id', 'deletions.tries', 'deletions.image_id as imageId'])
    .returning(['deletions.version_id as versionId', 'versions.number', 'versions.digest'])
    .returning(['images.repository', 'images.tag'])
    .returning(['deletions.whole_image as wholeImage', 'deletions.was_current as wasCurrent'])
    .executeTakeFirst()
}

/**
 * From here on it cannot be undone. @returns `shared` when the manifest has to stay, since another version of the
 * repository is the same bytes; `undefined` when it was undone meanwhile.
 */
export async function beginRemoval(
  pool: Pool,
  { id, imageId, versionId, number, digest, repository, tag, tries }: DueDeletion,
): Promise<{ readonly shared: boolean } | undefined> {
  return pool.transaction().execute(async (db) => {
    await lockImage(db, imageId)
    const before = await db
      .selectFrom('deletions')
      .select('state')
      .where('id', '=', id)
      .where('tries', '=', tries)
      .where('state', 'in', ['pending', 'removing'])
      .forUpdate()
      .executeTakeFirst()
    if (before === undefined) return undefined
    const begun = await db
      .updateTable('deletions')
      .set({ state: 'removing', shared: sharesManifest(versionId) })
      .where('id', '=', id)
      .returning('shared')
      .executeTakeFirstOrThrow()
    if (before.state === 'pending') {
      await recordAudit(db, {
        actor: 'farm',
        action: 'version.remove.begin',
        object: `${repository}:${tag}`,
        detail: { deletion: id, version: number, digest, ...begun },
      })
    }
    return begun
  })
}

/** Whether a version that is the same bytes, in the same repository, is there or can still be restored. */
function sharesManifest(versionId: number) {
  return sql<boolean>`exists (
    select from versions as own
    join images as own_image on own_image.id = own.image_id
    join versions as other on other.digest = own.digest and other.id <> own.id
    join images as other_image on other_image.id = other.image_id
    where own.id = ${versionId} and other_image.repository = own_image.repository
      and not exists (
        select from deletions
        where deletions.version_id = other.id and deletions.state in ('removing', 'done')))`
}

/** The registry has let it go. `detail` says what it keeps, in words. */
export async function finishDeletion(pool: Pool, due: DueDeletion, detail: string): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const done = await db
      .updateTable('deletions')
      .set({ state: 'done', detail, finished_at: sql<Date>`now()` })
      .where('id', '=', due.id)
      .where('tries', '=', due.tries)
      .where('state', '=', 'removing')
      .returning('id')
      .executeTakeFirst()
    if (done === undefined) return
    const { number, digest, repository, tag } = due
    const object = `${repository}:${tag}`
    await recordAudit(db, {
      actor: 'farm',
      action: 'version.remove',
      object,
      detail: { deletion: due.id, version: number, digest, kept: detail },
    })
  })
}

export interface RefusedRemoval {
  readonly refusal: DeletionRefusal
  /** In words. */
  readonly detail: string
}

/**
 * The registry keeps it, so the library does, too; and its image with whatever of it is still there. What the registry has
 * of it is looked at anew.
 */
export async function refuseDeletion(
  pool: Pool,
  due: DueDeletion,
  { refusal, detail }: RefusedRemoval,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const { id, imageId, versionId, number, repository, tag } = due
    const image = await lockImage(db, imageId)
    const refused = await db
      .updateTable('deletions')
      .set({ state: 'refused', refusal, detail, finished_at: sql<Date>`now()` })
      .where('id', '=', id)
      .where('tries', '=', due.tries)
      .where('state', '=', 'removing')
      .returning('id')
      .executeTakeFirst()
    if (refused === undefined || image === undefined) return
    await db
      .updateTable('versions')
      .set({ deleted_at: null, check_at: sql<Date>`now()` })
      .where('id', '=', versionId)
      .execute()
    await notify(db, 'kiln_facts')
    if (due.wholeImage) await keepImage(db, due, image)
    const object = `${repository}:${tag}`
    const told = { deletion: id, version: number, refusal, detail }
    await recordAudit(db, { actor: 'farm', action: 'version.delete.refuse', object, detail: told })
  })
}

/** An image of which one version stays is there again, with all that has not gone yet. */
async function keepImage(
  db: Db,
  { imageId, versionId, wasCurrent }: DueDeletion,
  image: { readonly deleted_at: Date | null; readonly current_version_id: number | null },
): Promise<void> {
  const open = await db
    .selectFrom('deletions')
    .select('id')
    .where('image_id', '=', imageId)
    .where('state', '=', 'pending')
    .where('whole_image', '=', true)
    .execute()
  await putBack(
    db,
    open.map(({ id }) => id),
  )
  if (image.deleted_at !== null) return showImageAgain(db, imageId)
  if (!wasCurrent || image.current_version_id !== null) return
  // Another version was refused before this one, to which the name pointed.
  await db
    .updateTable('images')
    .from('versions')
    .set((ref) => ({
      digest: ref.ref('versions.digest'),
      size: ref.ref('versions.size'),
      current_version_id: versionId,
    }))
    .where('images.id', '=', imageId)
    .where('versions.id', '=', versionId)
    .execute()
}

export async function postponeDeletion(db: Db, due: DueDeletion, ms: number): Promise<void> {
  await ownTry(db, due)
    .set({ next_try_at: after(ms) })
    .execute()
}

/**
 * Takes more time for a try, before each thing that it asks of the registry.
 * @returns false when somebody else has taken the deletion over, or it has ended: then nothing more may be removed, for the
 * same bytes may have been published again.
 */
export async function holdDeletion(db: Db, due: DueDeletion, leaseMs: number): Promise<boolean> {
  const held = await ownTry(db, due)
    .set({ next_try_at: after(leaseMs) })
    .where('state', '=', 'removing')
    .returning('id')
    .executeTakeFirst()
  return held !== undefined
}

function ownTry(db: Db, { id, tries }: DueDeletion) {
  return db.updateTable('deletions').where('id', '=', id).where('tries', '=', tries)
}
