import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import { defaultScanPolicy, type Findings, isWorse, type ScanState } from '#contract/scan.ts'
import { after } from './after.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'

/**
 * The scan that an attempt waits for; it is begun by the first call, and waited for from then on.
 * @returns `undefined` when the attempt is not the build's current one, or the build has ended.
 */
export async function beginScan(db: Db, ref: AttemptRef, digest: string, waitMs: number) {
  const begun = await db
    .insertInto('scans')
    .values({
      build_id: ref.buildId,
      attempt: ref.attempt,
      digest,
      state: 'asked',
      deadline: after(waitMs),
    })
    .onConflict((c) => c.columns(['build_id', 'attempt']).doNothing())
    .returning('digest')
    .executeTakeFirst()
  if (begun !== undefined) await notify(db, 'kiln_build', ref.buildId)
  return db
    .selectFrom('scans')
    .innerJoin('builds', (join) =>
      join.onRef('builds.id', '=', 'build_id').onRef('builds.attempt', '=', 'scans.attempt'),
    )
    .select(['scans.state', 'scans.detail', 'scans.findings', 'asked_at', 'builds.repository'])
    .select(sql<boolean>`deadline <= now()`.as('isLate'))
    .where('build_id', '=', ref.buildId)
    .where('scans.attempt', '=', ref.attempt)
    .where('builds.status', '=', 'building')
    .where('builds.cancel_requested_at', 'is', null)
    .executeTakeFirst()
}

/** Notes that the scanner was asked, so that a repeat does not ask for another scan. */
export async function markScanAsked(db: Db, ref: AttemptRef): Promise<void> {
  await scanOf(db, ref)
    .set({ asked_at: sql<Date>`now()` })
    .execute()
}

export interface ScanEnd {
  readonly state: Exclude<ScanState, 'asked'>
  readonly findings?: Findings
  /** In words, for people. */
  readonly detail?: string
}

/** Notes how a scan has ended; one that has, keeps its end. */
export async function endScan(pool: Pool, ref: AttemptRef, end: ScanEnd): Promise<void> {
  const { state, findings, detail = '' } = end
  await pool.transaction().execute(async (db) => {
    const ended = await scanOf(db, ref)
      .set({
        state,
        detail,
        findings: findings === undefined ? null : JSON.stringify(findings),
        ended_at: sql<Date>`now()`,
      })
      .where('state', '=', 'asked')
      .returning('digest')
      .executeTakeFirst()
    if (ended === undefined) return
    const told = { attempt: ref.attempt, digest: ended.digest, state, findings }
    await recordAudit(db, {
      actor: 'farm',
      action: 'build.scan',
      object: ref.buildId,
      detail: told,
    })
    await notify(db, 'kiln_build', ref.buildId)
  })
}

/** What is known of the scan of a published version; `undefined` when its project asked for none. */
export async function findVersionScan(db: Db, versionId: number, againMs: number) {
  return db
    .selectFrom('versions')
    .innerJoin('builds', 'builds.id', 'versions.build_id')
    .innerJoin('scans', (join) =>
      join
        .onRef('scans.build_id', '=', 'builds.id')
        .onRef('scans.attempt', '=', 'builds.attempt')
        .onRef('scans.digest', '=', 'versions.digest'),
    )
    .select(['scans.build_id as buildId', 'scans.attempt'])
    .select(
      sql<boolean>`coalesce(asked_at, '-infinity') <= now() - ${againMs} * interval '1 millisecond'`.as(
        'isOld',
      ),
    )
    .where('versions.id', '=', versionId)
    .where(
      sql<string>`coalesce(builds.scan_policy->>'mode', ${defaultScanPolicy.mode})`,
      '<>',
      'none',
    )
    .executeTakeFirst()
}

/**
 * Notes what the scanner says of a version by now. Only what is worse than what it was published with marks it, and only
 * what is new is worth an audit row.
 */
export async function storeLaterFindings(
  pool: Pool,
  ref: AttemptRef,
  found: Findings,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const scan = await db
      .selectFrom('scans')
      .select(['digest', 'findings', 'later_findings'])
      .where('build_id', '=', ref.buildId)
      .where('attempt', '=', ref.attempt)
      .forUpdate()
      .executeTakeFirstOrThrow()
    const later = isWorse(found, scan.findings) ? found : null
    if (JSON.stringify(later) === JSON.stringify(scan.later_findings)) return
    await scanOf(db, ref)
      .set({
        later_findings: later === null ? null : JSON.stringify(later),
        later_at: later === null ? null : sql<Date>`now()`,
      })
      .execute()
    const detail = { build: ref.buildId, before: scan.findings, findings: found }
    await recordAudit(db, { actor: 'farm', action: 'version.scan', object: scan.digest, detail })
  })
}

function scanOf(db: Db, { buildId, attempt }: AttemptRef) {
  return db.updateTable('scans').where('build_id', '=', buildId).where('attempt', '=', attempt)
}
