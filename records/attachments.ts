import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'

/** Evidence that is to be hung on its image in the registry by whoever claimed it. */
export interface DueEvidence extends AttemptRef {
  readonly digest: string
  /** Without the prefix of the registry. */
  readonly repository: string
  readonly nodeId: string
  readonly arch: string
  readonly report: EvidenceUpload
  /** With this one. */
  readonly tries: number
}

/** Whether evidence hangs on its image in the registry. */
export interface Attachment {
  /** Digest of the manifest by which it does. */
  readonly attachedAs: string | null
  /** When it is tried next; `null` when it waits for nothing because its build was never published. */
  readonly attachAt: Date | null
  /** Since when it is tried rarely, after it failed too often. */
  readonly givenUpAt: Date | null
}

/** Takes the evidence of a published image that waits longest; `undefined` when none does. */
export async function claimEvidence(db: Db, leaseMs: number): Promise<DueEvidence | undefined> {
  await forgetUnpublished(db)
  const claimed = await db
    .with('due', (of) =>
      of
        .selectFrom('evidence')
        .innerJoin('versions', (join) =>
          join
            .onRef('versions.build_id', '=', 'evidence.build_id')
            .onRef('versions.digest', '=', 'evidence.digest'),
        )
        .innerJoin('images', 'images.id', 'versions.image_id')
        .innerJoin('verifications', (join) =>
          join
            .onRef('verifications.build_id', '=', 'evidence.build_id')
            .onRef('verifications.attempt', '=', 'evidence.attempt'),
        )
        .select(['evidence.build_id', 'evidence.attempt', 'images.repository'])
        .where('evidence.attached_as', 'is', null)
        .where('versions.deleted_at', 'is', null)
        .where('evidence.attach_at', '<=', sql<Date>`now()`)
        .orderBy('evidence.attach_at')
        .limit(1)
        .forUpdate('evidence')
        .skipLocked(),
    )
    .updateTable('evidence')
    .from('due')
    .set({ attach_tries: sql<number>`attach_tries + 1`, attach_at: after(leaseMs) })
    .whereRef('evidence.build_id', '=', 'due.build_id')
    .whereRef('evidence.attempt', '=', 'due.attempt')
    .returning(['evidence.build_id as buildId', 'evidence.attempt', 'evidence.digest'])
    .returning(['due.repository', 'evidence.node_id as nodeId', 'evidence.arch'])
    .returning(['evidence.report', 'evidence.attach_tries as tries'])
    .executeTakeFirst()
  return claimed
}

export async function markAttached(
  pool: Pool,
  { buildId, attempt, digest }: DueEvidence,
  manifest: string,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await evidenceOf(db, { buildId, attempt })
      .set({ attached_as: manifest, attach_given_up_at: null })
      .execute()
    const detail = { buildId, attempt, manifest }
    await recordAudit(db, { actor: 'farm', action: 'image.attach', object: digest, detail })
  })
}

/** Puts what could not be attached back into the queue, after `ms`. */
export async function postponeEvidence(db: Db, ref: AttemptRef, ms: number): Promise<void> {
  await evidenceOf(db, ref)
    .set({ attach_at: after(ms) })
    .execute()
}

/**
 * Notes that evidence could not be attached for so long that it is tried rarely from now on, next after `ms`. Only the
 * first time is told.
 */
export async function giveUpEvidence(
  pool: Pool,
  { buildId, attempt, digest, tries }: DueEvidence,
  { ms, problem }: { readonly ms: number; readonly problem: string },
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    await postponeEvidence(db, { buildId, attempt }, ms)
    const first = await evidenceOf(db, { buildId, attempt })
      .set({ attach_given_up_at: sql<Date>`now()` })
      .where('attach_given_up_at', 'is', null)
      .returning('attempt')
      .executeTakeFirst()
    if (first === undefined) return
    const detail = { buildId, attempt, tries, problem }
    await recordAudit(db, { actor: 'farm', action: 'image.attach.give_up', object: digest, detail })
  })
}

/** Evidence of builds that have ended without being published, or whose version is gone, would be looked at for ever. */
async function forgetUnpublished(db: Db): Promise<void> {
  await db
    .updateTable('evidence')
    .from('builds')
    .set({ attach_at: null })
    .whereRef('builds.id', '=', 'evidence.build_id')
    .where('evidence.attached_as', 'is', null)
    .where('evidence.attach_at', '<=', sql<Date>`now()`)
    .where((where) =>
      where.or([
        where('builds.status', '<>', 'building'),
        where('builds.attempt', '>', where.ref('evidence.attempt')),
      ]),
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('versions')
            .innerJoin('verifications', 'verifications.build_id', 'versions.build_id')
            .select('versions.id')
            .whereRef('versions.build_id', '=', 'evidence.build_id')
            .whereRef('versions.digest', '=', 'evidence.digest')
            .whereRef('verifications.attempt', '=', 'evidence.attempt')
            .where('versions.deleted_at', 'is', null),
        ),
      ),
    )
    .execute()
}

const referrersLocks = 7_164_002

/** Longest wait for whoever writes the same list. */
const lockLimit = '2min'

/**
 * Does `work` while nobody else of this farm writes the list of what hangs on an image: a registry knows no compare-and-set,
 * so two that write at once would lose one entry. @throws when the other one takes too long.
 */
export async function withReferrers<T>(
  pool: Pool,
  image: string,
  work: () => Promise<T>,
): Promise<T> {
  return pool.transaction().execute(async (db) => {
    await sql`select set_config('lock_timeout', ${lockLimit}, true)`.execute(db)
    await sql`select pg_advisory_xact_lock(${referrersLocks}, hashtext(${image}))`.execute(db)
    return work()
  })
}

function evidenceOf(db: Db, { buildId, attempt }: AttemptRef) {
  return db.updateTable('evidence').where('build_id', '=', buildId).where('attempt', '=', attempt)
}
