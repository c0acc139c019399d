import { sql } from 'kysely'
import type { BuildEnd } from '#contract/activities.ts'
import { recordAudit } from './audit.ts'
import type { Pool } from './connect.ts'
import { releaseBuild } from './gpu-leases.ts'
import { endJoined, isWaitedFor, lockLeader } from './joined-builds.ts'
import { buildEnded, notify } from './notify.ts'

export type CancelAnswer = 'requested' | 'final' | 'published' | 'unknown'

/**
 * Asks for the end of a build. Once the name has been moved it is too late: the answer is `published`. One that others wait
 * for goes on until they have what they wait for, or are cancelled too.
 */
export async function requestCancel(pool: Pool, id: string, actor: string): Promise<CancelAnswer> {
  return pool.transaction().execute(async (db) => {
    const leader = await lockLeader(db, id)
    const build = await db
      .selectFrom('builds')
      .select(['status', 'stage', 'digest', 'cancel_requested_at'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst()
    if (build === undefined) return 'unknown'
    if (build.status !== 'building') return 'final'
    if (build.digest !== null) return 'published'
    if (build.cancel_requested_at !== null) return 'requested'
    await db
      .updateTable('builds')
      .set({ cancel_requested_at: sql<Date>`now()`, waiting_since: null })
      .where('id', '=', id)
      .execute()
    const goesOn = build.stage === 'building' && (await isWaitedFor(db, id))
    const isLast = leader?.isCancelled === true && !(await isWaitedFor(db, leader.id))
    const stopped = [...(goesOn ? [] : [id]), ...(isLast ? [leader.id] : [])]
    if (stopped.length > 0) {
      const rows = stopped.map((one) => ({ build_id: one, action: 'cancel' as const }))
      await db.insertInto('outbox').values(rows).execute()
    }
    await recordAudit(db, { actor, action: 'build.cancel', object: id })
    await notify(db, 'kiln_outbox')
    return 'requested'
  })
}

/** Gives the build its one final status. A build that has one keeps it. */
export async function finishBuild(pool: Pool, end: BuildEnd): Promise<void> {
  await pool.transaction().execute(async (db) => {
    const { buildId, status, failure } = end
    const finished = await db
      .updateTable('builds')
      .set({
        status,
        stage: status,
        failure: failure === undefined ? null : JSON.stringify(failure),
        finished_at: sql<Date>`now()`,
        waiting_since: null,
      })
      .where('id', '=', buildId)
      .where('status', '=', 'building')
      .returning('id')
      .executeTakeFirst()
    if (finished === undefined) return
    for (const table of ['attempts', 'stages'] as const) {
      await db
        .updateTable(table)
        .set({ finished_at: sql<Date>`now()` })
        .where('build_id', '=', buildId)
        .where('finished_at', 'is', null)
        .execute()
    }
    await releaseBuild(db, buildId)
    await endJoined(db, end)
    const detail = { status, code: failure?.code }
    await recordAudit(db, { actor: 'farm', action: 'build.finish', object: buildId, detail })
    await notify(db, 'kiln_build', buildId)
    await notify(db, 'kiln_placement', buildEnded)
    // What stands beside the builds begins when this one no longer waits: it would take the processor from its last steps.
    if (status === 'succeeded') await notify(db, 'kiln_facts')
  })
}
