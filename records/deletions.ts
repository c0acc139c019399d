import { sql } from 'kysely'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { inChunks } from './in-chunks.ts'
import { lockRepository } from './lock-repository.ts'
import { notify } from './notify.ts'
import { findUses, type Use } from './uses.ts'

export interface DeletionRequest {
  readonly imageId: number
  /** Number of the version; absent for the image with all its versions. */
  readonly version?: number
  readonly actor: string
  /** In words, for people. */
  readonly reason: string
  /** How long it can be undone, in ms. */
  readonly graceMs: number
}

export type DeletionAnswer =
  | { readonly asked: number }
  | { readonly uses: readonly Use[] }
  | 'unknown'
  | 'deleted'

/**
 * Asks for a version to be deleted, or for an image with all of its versions. Refused while anything uses one of them.
 * From here on nothing can begin to use them; the registry is told once the time to undo it is over.
 */
export async function requestDeletion(
  pool: Pool,
  request: DeletionRequest,
): Promise<DeletionAnswer> {
  const { imageId, version } = request
  return pool.transaction().execute(async (db) => {
    const image = await lockImage(db, imageId)
    if (image === undefined) return 'unknown'
    if (image.deleted_at !== null) return 'deleted'
    const versions = await lockVersions(db, imageId, version)
    if (version !== undefined) {
      const [one] = versions
      if (one === undefined) return 'unknown'
      if (one.deleted_at !== null) return 'deleted'
    }
    const ids = versions.filter((one) => one.deleted_at === null).map(({ id }) => id)
    const found = await findUses(db, ids)
    const uses =
      version === undefined
        ? [...found.filter(({ kind }) => kind !== 'current'), ...(await findBuilds(db, image))]
        : found
    if (uses.length > 0) return { uses }
    await storeDeletions(db, request, { ids, current: image.current_version_id })
    if (version === undefined) await hideImage(db, imageId)
    const action = version === undefined ? 'image.delete' : 'version.delete'
    const detail = { version, versions: ids.length, reason: request.reason }
    await recordAudit(db, { actor: request.actor, action, object: image.name, detail })
    await notify(db, 'kiln_deletions')
    return { asked: ids.length }
  })
}

export type RestoreAnswer = 'restored' | 'unknown' | 'too_late' | 'whole_image'

/** Undoes what was asked, as long as the registry has not been told. */
export async function restore(
  pool: Pool,
  { imageId, version, actor }: Pick<DeletionRequest, 'imageId' | 'version' | 'actor'>,
): Promise<RestoreAnswer> {
  return pool.transaction().execute(async (db) => {
    const image = await lockImage(db, imageId)
    if (image === undefined) return 'unknown'
    const open = await db
      .selectFrom('deletions')
      .innerJoin('versions', 'versions.id', 'deletions.version_id')
      .select(['deletions.id', 'deletions.state', 'whole_image'])
      .where('deletions.image_id', '=', imageId)
      .where((where) =>
        version === undefined
          ? where('whole_image', '=', true)
          : where('versions.number', '=', version),
      )
      .where('versions.deleted_at', 'is not', null)
      // An image that was deleted before, and made anew, is deleted for another time.
      .$if(version === undefined && image.deleted_at !== null, (query) =>
        query.where('deletions.created_at', '>=', image.deleted_at ?? new Date()),
      )
      .where('deletions.state', 'in', ['pending', 'removing', 'done'])
      .forUpdate('deletions')
      .execute()
    if (version === undefined && image.deleted_at === null) return 'unknown'
    if (version !== undefined && open.length === 0) return 'unknown'
    if (version !== undefined && open.some((one) => one.whole_image)) return 'whole_image'
    if (open.some(({ state }) => state !== 'pending')) return 'too_late'
    await putBack(
      db,
      open.map(({ id }) => id),
    )
    if (version === undefined) await showImageAgain(db, imageId)
    const action = version === undefined ? 'image.restore' : 'version.restore'
    await recordAudit(db, { actor, action, object: image.name, detail: { version } })
    return 'restored'
  })
}

/** Locks the repository first, as whoever publishes or accepts a build in it does. */
export async function lockImage(db: Db, id: number) {
  const known = await db
    .selectFrom('images')
    .select('repository')
    .where('id', '=', id)
    .executeTakeFirst()
  if (known === undefined) return undefined
  await lockRepository(db, known.repository)
  return db
    .selectFrom('images')
    .select(['name', 'repository', 'tag', 'current_version_id', 'deleted_at'])
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst()
}

async function lockVersions(db: Db, imageId: number, number: number | undefined) {
  return db
    .selectFrom('versions')
    .select(['id', 'deleted_at'])
    .where('image_id', '=', imageId)
    .$if(number !== undefined, (query) => query.where('number', '=', number ?? 0))
    .orderBy('id')
    .forUpdate()
    .execute()
}

/** Builds that are to become versions of the image. */
async function findBuilds(
  db: Db,
  { repository, tag }: { readonly repository: string; readonly tag: string },
): Promise<readonly Use[]> {
  const rows = await db
    .selectFrom('builds')
    .select('id')
    .where('repository', '=', repository)
    .where('tag', '=', tag)
    .where('status', '=', 'building')
    .execute()
  return rows.map(({ id }) => ({ kind: 'build', version: 0, by: id }))
}

async function storeDeletions(
  db: Db,
  { imageId, version, actor, reason, graceMs }: DeletionRequest,
  { ids, current }: { readonly ids: readonly number[]; readonly current: number | null },
): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('versions')
    .set({ deleted_at: sql<Date>`now()` })
    .where(isAmong(ids))
    .execute()
  const rows = ids.map((id) => ({
    image_id: imageId,
    version_id: id,
    whole_image: version === undefined,
    was_current: id === current,
    actor,
    reason,
    state: 'pending' as const,
    next_try_at: after(graceMs),
  }))
  for (const some of inChunks(rows)) await db.insertInto('deletions').values(some).execute()
}

async function hideImage(db: Db, id: number): Promise<void> {
  await db
    .updateTable('images')
    .set({ deleted_at: sql<Date>`now()`, digest: null, current_version_id: null })
    .where('id', '=', id)
    .execute()
}

/** The name points again at what it pointed at when it was deleted last, if that is there. */
export async function showImageAgain(db: Db, id: number): Promise<void> {
  const version = await db
    .selectFrom('versions')
    .innerJoin('deletions', 'deletions.version_id', 'versions.id')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .select(['versions.id', 'versions.digest', 'versions.size'])
    .where('versions.image_id', '=', id)
    .where('versions.deleted_at', 'is', null)
    .where('whole_image', '=', true)
    .where('was_current', '=', true)
    .whereRef('deletions.created_at', '>=', 'images.deleted_at')
    .orderBy('deletions.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  await db
    .updateTable('images')
    .set({
      deleted_at: null,
      ...(version && {
        digest: version.digest,
        size: version.size,
        current_version_id: version.id,
      }),
    })
    .where('id', '=', id)
    .execute()
}

/** Undoes deletions that the registry has not been told of. */
export async function putBack(db: Db, ids: readonly number[]): Promise<void> {
  const undone = await db
    .updateTable('deletions')
    .set({ state: 'undone', finished_at: sql<Date>`now()` })
    .where(isAmong(ids))
    .returning('version_id')
    .execute()
  await db
    .updateTable('versions')
    .set({ deleted_at: null })
    .where(isAmong(undone.map(({ version_id: id }) => id)))
    .execute()
}

/** One parameter, however many there are. */
function isAmong(ids: readonly number[]) {
  return sql<boolean>`id = any(${ids}::bigint[])`
}
