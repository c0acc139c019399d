import { sql } from 'kysely'
import type { ImageContents, MissingPart } from '#contract/image-contents.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { storeContents } from './contents.ts'
import { notify } from './notify.ts'

/** A published version that the registry is to be asked about. */
export interface DueInspection {
  readonly id: number
  readonly digest: string
  readonly number: number
  /** Without the prefix of the registry. */
  readonly repository: string
  /** Of the name. */
  readonly tag: string
  /** The name points at it. */
  readonly isCurrent: boolean
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
    .returning(['images.repository', 'images.tag', 'versions.number'])
    .returning(isCurrent.as('isCurrent'))
    .executeTakeFirst()
}

const isCurrent = sql<boolean>`coalesce(current_version_id = versions.id, false)`

/**
 * Keeps a version from being deleted, and its name where it is, until the transaction ends: what is written in the registry
 * meanwhile is right when it is written.
 * @returns `undefined` when it is deleted, is to be, or its build has still to write the tags itself.
 */
export async function lockTags(db: Db, versionId: number) {
  return db
    .selectFrom('versions')
    .innerJoin('images', 'images.id', 'versions.image_id')
    .innerJoin('builds', 'builds.id', 'versions.build_id')
    .select(isCurrent.as('isCurrent'))
    .where('versions.id', '=', versionId)
    .where('versions.deleted_at', 'is', null)
    .where('builds.status', '<>', 'building')
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('moves')
            .select('moves.id')
            .whereRef('moves.image_id', '=', 'images.id')
            .where('state', '<>', 'refused')
            .where((open) => open.or([open('state', '=', 'pending'), open('tagged', '=', false)])),
        ),
      ),
    )
    .forShare(['versions', 'images'])
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
    if (nameParts(before.missing ?? []) === nameParts(missing)) return
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

/** The same for the same parts, in whatever order. */
function nameParts(parts: readonly MissingPart[]): string {
  return parts
    .map(({ part, digest }) => `${part} ${digest}`)
    .toSorted()
    .join()
}

/** A repository of the library of which something is said to have happened. */
export interface Said {
  /** Without the prefix of the registry. */
  readonly repository: string
  /** Of the version; `null` for all that the repository has. */
  readonly digest: string | null
}

/** Has the versions that are meant looked at at once: what is true is asked of the registry, whoever says what. */
export async function inspectSoon(pool: Pool, said: readonly Said[]): Promise<void> {
  if (said.length === 0) return
  await pool.transaction().execute(async (db) => {
    const { numAffectedRows } = await sql`
      update versions set check_at = now()
      from images, jsonb_to_recordset(${JSON.stringify(said)}::jsonb) as said (repository text, digest text)
      where images.id = versions.image_id and images.repository = said.repository
        and versions.digest = coalesce(said.digest, versions.digest)
        and versions.deleted_at is null and versions.check_at > now()`.execute(db)
    if (numAffectedRows !== undefined && numAffectedRows > 0n) await notify(db, 'kiln_facts')
  })
}
