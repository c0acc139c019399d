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

/** Takes the evidence of a published image that waits longest; `undefined` when none does. */
export async function claimEvidence(
  db: Db,
  { leaseMs, maxTries }: { readonly leaseMs: number; readonly maxTries: number },
): Promise<DueEvidence | undefined> {
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
        .where('evidence.attach_tries', '<', maxTries)
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
    await evidenceOf(db, { buildId, attempt }).set({ attached_as: manifest }).execute()
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

function evidenceOf(db: Db, { buildId, attempt }: AttemptRef) {
  return db.updateTable('evidence').where('build_id', '=', buildId).where('attempt', '=', attempt)
}
