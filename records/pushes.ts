import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { PushRequest } from '#contract/push.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'
import { selectOpenAttempt } from './open-attempt.ts'
import { requireRoomForPush } from './push-room.ts'
import { type Breaker, type BreakerRules, noteFailure, readBreaker } from './registry-breaker.ts'

export interface PushRules {
  readonly breaker: BreakerRules
  readonly choose: (breaker: Breaker, asked: PushAsked) => PushDecision
}

/** Attempts that push or wait, in the order in which they have asked. */
export interface PushAsked {
  readonly own: AttemptRef
  /** Its last push failed for the registry's sake. */
  readonly failed: boolean
  readonly all: readonly AskedPush[]
}

export interface AskedPush extends AttemptRef {
  readonly projectId: number
  readonly granted: boolean
}

export type PushDecision =
  | { readonly state: 'go' }
  /** `reason` in words, for people. */
  | { readonly state: 'wait'; readonly reason: string; readonly retryMs: number }

/** Key of the lock that lets one be decided on at a time: two would count on the same place. */
const pushLock = 7_164_002
/** One that has not asked for so long is not waited for: its node may be gone. */
const freshMs = 30_000

export interface PushQuestion extends AttemptRef, PushRequest {
  /** Of the registry. */
  readonly host: string
  readonly random: number
}

/**
 * Decides whether an attempt may push now. A place is held until the attempt leaves the stage or ends, so nobody has to give
 * one back.
 * @returns `undefined` when it is not the build's current attempt, or has ended.
 * @throws QuotaExceeded when the images of the project would be too large with this one.
 */
export async function askToPush(
  pool: Pool,
  { host, failed, random, blobs, ...own }: PushQuestion,
  { breaker: rules, choose }: PushRules,
): Promise<PushDecision | undefined> {
  return pool.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(${pushLock})`.execute(db)
    const before = await noteAsked(db, own, failed)
    if (before === undefined) return undefined
    await requireRoomForPush(db, { ...own, ...before }, blobs)
    if (failed) await noteFailure(db, host, rules, random)
    if (before.isGranted && !failed) return { state: 'go' }
    const asked = { own, failed, all: await readAsked(db) }
    const decision = choose(await readBreaker(db, host), asked)
    const reason = decision.state === 'go' ? null : decision.reason
    await db
      .updateTable('pushes')
      .set({ reason, granted_at: decision.state === 'go' ? sql<Date>`now()` : null })
      .where('build_id', '=', own.buildId)
      .where('attempt', '=', own.attempt)
      .execute()
    if (reason !== before.reason) await notify(db, 'kiln_build', own.buildId)
    return decision
  })
}

async function noteAsked(db: Db, { buildId, attempt }: AttemptRef, failed: boolean) {
  const build = await selectOpenAttempt(db, { buildId, attempt })
    .select('project_id')
    .where('status', '=', 'building')
    .where('cancel_requested_at', 'is', null)
    .executeTakeFirst()
  if (build === undefined) return undefined
  const again = { seen_at: sql<Date>`now()`, ...(failed && { granted_at: null }) }
  return db
    .insertInto('pushes')
    .values({ build_id: buildId, attempt, project_id: build.project_id })
    .onConflict((c) => c.columns(['build_id', 'attempt']).doUpdateSet(again))
    .returning(['reason', 'project_id as projectId', 'new_bytes as newBytes'])
    .returning([
      sql<boolean>`granted_at is not null`.as('isGranted'),
      sql<boolean>`exists (select from quotas where quotas.project_id = pushes.project_id
        and registry_bytes is not null)`.as('isLimited'),
    ])
    .executeTakeFirstOrThrow()
}

/** What has been pushed and is being scanned takes nothing of the registry any more. */
function selectPushing(db: Db) {
  return db
    .selectFrom('builds')
    .innerJoin('pushes', (join) =>
      join.onRef('build_id', '=', 'builds.id').onRef('pushes.attempt', '=', 'builds.attempt'),
    )
    .leftJoin('scans', (join) =>
      join.onRef('scans.build_id', '=', 'builds.id').onRef('scans.attempt', '=', 'builds.attempt'),
    )
    .where('stage', '=', 'pushing')
    .where('builds.status', '=', 'building')
    .where('scans.state', 'is', null)
}

async function readAsked(db: Db): Promise<readonly AskedPush[]> {
  return selectPushing(db)
    .select(['builds.id as buildId', 'builds.attempt', 'pushes.project_id as projectId'])
    .select(sql<boolean>`granted_at is not null`.as('granted'))
    .where((where) =>
      where.or([
        where('granted_at', 'is not', null),
        where('seen_at', '>', sql<Date>`now() - ${freshMs} * interval '1 millisecond'`),
      ]),
    )
    .orderBy('pushes.asked_at')
    .orderBy('builds.id')
    .execute()
}

/** How many attempts push, and how many wait for it. */
export async function countPushes(db: Db) {
  return selectPushing(db)
    .select(({ fn }) => fn.count<number>('granted_at').as('running'))
    .select(sql<number>`count(*) filter (where granted_at is null)`.as('waiting'))
    .executeTakeFirstOrThrow()
}
