import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { release } from './gpu-leases.ts'
import { buildEnded, notify } from './notify.ts'
import { isGpuRefusal, refuseGpus } from './refused-gpus.ts'

export interface PlacedAttempt extends AttemptRef {
  readonly nodeId: string
  /** How long it waited for it, when that has only now been decided. */
  readonly waitedMs?: number
}

/** Attempts that are read at once. */
const batch = 100

/** Attempts whose workflow has not taken them up: the signal may have been lost, so it is sent again. */
export async function readUnstarted(
  db: Db,
  olderThanMs: number,
): Promise<readonly PlacedAttempt[]> {
  return readOpen(db)
    .where('started_at', 'is', null)
    .where('placed_at', '<', sql<Date>`now() - ${olderThanMs} * interval '1 millisecond'`)
    .execute()
}

/** An attempt that has its node, and that nobody has taken up. */
export async function findUnstarted(
  db: Db,
  { buildId, attempt }: AttemptRef,
): Promise<PlacedAttempt | undefined> {
  return readOpen(db)
    .where('build_id', '=', buildId)
    .where('number', '=', attempt)
    .where('started_at', 'is', null)
    .executeTakeFirst()
}

export interface LostAttempt extends PlacedAttempt {
  /** Its node has left because it was told to stop. */
  readonly handedBack: boolean
}

/** Open attempts on nodes that have left, whose lease has run out, or whose agent has been started anew since. */
export async function readLost(db: Db): Promise<readonly LostAttempt[]> {
  return readOpen(db)
    .select('handed_back as handedBack')
    .innerJoin('nodes', 'nodes.id', 'attempts.node_id')
    .where((where) =>
      where.or([
        where('handed_back', '=', true),
        where('leased_until', '<', sql<Date>`now()`),
        where('attempts.incarnation', '<>', where.ref('nodes.incarnation')),
      ]),
    )
    .execute()
}

function readOpen(db: Db) {
  return db
    .selectFrom('attempts')
    .select(['build_id as buildId', 'number as attempt', 'node_id as nodeId'])
    .where('finished_at', 'is', null)
    .limit(batch)
}

/** Frees the node's slot and the attempt's GPU. An attempt that has ended keeps its first failure. */
export async function endAttempt(
  pool: Pool,
  { buildId, attempt }: AttemptRef,
  failure: BuildFailure | undefined,
): Promise<void> {
  await pool.transaction().execute(async (db) => {
    if (failure !== undefined && isGpuRefusal(failure)) await lockBuild(db, buildId)
    const ended = await db
      .updateTable('attempts')
      .set({
        finished_at: sql<Date>`now()`,
        failure: failure === undefined ? null : JSON.stringify(failure),
      })
      .where('build_id', '=', buildId)
      .where('number', '=', attempt)
      .where('finished_at', 'is', null)
      .returning('number')
      .executeTakeFirst()
    if (ended === undefined) return
    if (failure !== undefined) await refuseGpus(db, { buildId, attempt }, failure)
    await release(db, { buildId, attempt })
    const detail = { attempt, code: failure?.code }
    await recordAudit(db, { actor: 'farm', action: 'attempt.end', object: buildId, detail })
    await notify(db, 'kiln_placement', buildEnded)
  })
}

/** Whoever changes both locks the build before its attempt. */
async function lockBuild(db: Db, id: string): Promise<void> {
  await db.selectFrom('builds').select('id').where('id', '=', id).forNoKeyUpdate().execute()
}
