import { sql } from 'kysely'
import type { ImageContents, MissingPart } from '#contract/image-contents.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { storeContents } from './contents.ts'

/** A published version that the registry is to be asked about. */
export interface DueInspection {
  readonly id: number
  readonly digest: string
  /** Without the prefix of the registry. */
  readonly repository: string
  /** With this one. */
  readonly tries: number
}

/** Takes the version that is due the longest. After `leaseMs` somebody else may take it. */
export async function claimInspection(db: Db, leaseMs: number): Promise<DueInspection | undefined> {
  return db
    .updateTable('versions')
    .from('images')
    .set({ check_tries: sql<number>`check_tries + 1`, check_at: after(leaseMs) })
    .where('versions.id', '=', (select) =>
      select
        .selectFrom('versions')
        .select('versions.id')
        .where('deleted_at', 'is', null)
        .where('check_at', '<=', sql<Date>`now()`)
        .orderBy('check_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .whereRef('images.id', '=', 'versions.image_id')
    .returning(['versions.id', 'versions.digest', 'versions.check_tries as tries'])
    .returning('images.repository')
    .executeTakeFirst()
}

export interface Inspected {
  /** What the registry no longer has; empty when it has all. */
  readonly missing: readonly MissingPart[]
  /** Absent when it was known before, or cannot be read. */
  readonly contents: ImageContents | undefined
  /** When the registry is asked again. */
  readonly nextMs: number
}

/** Notes what the registry has of a version. Only what has changed since the last time is worth an audit row. */
export async function storeInspection(
  pool: Pool,
  { id, digest }: DueInspection,
  { missing, contents, nextMs }: Inspected,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    if (contents !== undefined) await storeContents(db, digest, contents)
    const before = await db
      .selectFrom('versions')
      .select('missing')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirstOrThrow()
    await db
      .updateTable('versions')
      .set({
        check_tries: 0,
        check_at: after(nextMs),
        checked_at: sql<Date>`now()`,
        missing: missing.length === 0 ? null : JSON.stringify(missing),
      })
      .where('id', '=', id)
      .execute()
    if ((before.missing ?? []).length === missing.length) return
    const detail = { version: id, missing }
    await recordAudit(db, { actor: 'farm', action: 'version.inspect', object: digest, detail })
  })
}

export async function postponeInspection(db: Db, id: number, ms: number): Promise<void> {
  await db
    .updateTable('versions')
    .set({ check_at: after(ms) })
    .where('id', '=', id)
    .execute()
}
