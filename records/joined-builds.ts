import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { BuildEnd } from '#contract/activities.ts'
import type { FailureCode } from '#contract/failure.ts'
import { atOnce } from './at-once.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { notify } from './notify.ts'

/**
 * Lets a build that was never placed wait for one that does the same, which is one of its project with the same `key`. It
 * keeps its own name, and is placed when the image is built and lies in the cache.
 * @returns the build that it waits for.
 */
export async function joinRunning(
  pool: Pool,
  buildId: string,
  key: Buffer,
): Promise<string | undefined> {
  return pool.transaction().execute(async (db) => {
    // Of those that come at once the first does the work: they are locked before their rows are.
    const [, leader] = await atOnce(db, async (own) =>
      Promise.all([
        sql`
          with locked as materialized (
            select count(pg_advisory_xact_lock(hashtextextended(${key.toString('hex')}, 1))) as locks
          )
          update builds set content_key = ${key} from locked where id = ${buildId} and locks = 1`.execute(
          own,
        ),
        lockRunning(own, buildId, key),
      ]),
    )
    if (leader === undefined) return undefined
    const joined = await db
      .updateTable('builds')
      .set({ joined_to: leader.id, waiting_since: null })
      .where('id', '=', buildId)
      .where('attempt', '=', 0)
      .where('waiting_since', 'is not', null)
      .where('cancel_requested_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (joined === undefined) return undefined
    const detail = { to: leader.id }
    await recordAudit(db, { actor: 'farm', action: 'build.join', object: buildId, detail })
    return leader.id
  })
}

/** The one that does the work of this content already. */
async function lockRunning(db: Db, buildId: string, key: Buffer) {
  return db
    .selectFrom('builds')
    .select('id')
    .where('content_key', '=', key)
    .where('project_id', '=', (own) =>
      own.selectFrom('builds').select('project_id').where('id', '=', buildId),
    )
    .where('id', '<>', buildId)
    .where('status', '=', 'building')
    .where('stage', 'in', ['waiting', 'building'])
    .where('joined_to', 'is', null)
    .where('cancel_requested_at', 'is', null)
    .orderBy('id')
    .limit(1)
    .forShare()
    .executeTakeFirst()
}

/**
 * Hash of what decides what a build makes: Dockerfile, bases, files, options and values of secrets. `undefined` for one that has
 * started before, or whose steps are to run whatever the cache has.
 */
export async function readContentKey(db: Db, buildId: string): Promise<Buffer | undefined> {
  const build = await db
    .selectFrom('builds')
    .select(['dockerfile', 'options', 'bases', 'context', 'sources', 'attempt', 'joined_to'])
    .select(
      sql<string[]>`array(select version::text from build_secrets where build_id = builds.id
      order by version)`.as('secrets'),
    )
    // What it saves is no part of the build itself.
    .select(sql<boolean>`exists (select from build_saves where build_id = builds.id)`.as('saves'))
    .where('id', '=', buildId)
    .executeTakeFirst()
  if (build === undefined || build.attempt > 0 || build.joined_to !== null) return undefined
  const { saves, secrets, attempt: _, joined_to: __, ...content } = build
  const { no_cache: noCache } = content.options
  if (saves || (noCache !== undefined && noCache !== false)) return undefined
  return createHash('sha256')
    .update(JSON.stringify([content, secrets]))
    .digest()
}

/** Ends of a build that say nothing of its work. */
const untold: readonly FailureCode[] = ['terminated', 'cancelled']

/** Tells those that wait for a build that ends, in the transaction that ends it: they fail as it did, or are placed. */
export async function endJoined(db: Db, { buildId, failure }: BuildEnd): Promise<void> {
  if (failure === undefined || untold.includes(failure.code)) return releaseJoined(db, buildId)
  const { rows } = await sql<{ readonly id: string }>`
    with failed as (
      update builds set joined_until = now() where ${waitsFor(buildId)} returning id
    )
    insert into outbox (build_id, action) select id, 'fail' from failed returning id`.execute(db)
  if (rows.length > 0) await notify(db, 'kiln_outbox')
}

/** Lets those be placed that wait for a build whose image is there, near its cache. */
export async function releaseJoined(db: Db, buildId: string): Promise<void> {
  const { rows } = await sql<{ readonly id: string }>`
    update builds set joined_until = now(), waiting_since = now(), wait = null,
      cached_for = (select repository from builds as leader where leader.id = ${buildId})
    where ${waitsFor(buildId)} returning id`.execute(db)
  if (rows.length > 0) await notify(db, 'kiln_placement')
}

const waitsFor = (buildId: string) => sql`joined_to = ${buildId} and status = 'building'
  and joined_until is null and cancel_requested_at is null`

/** Whether the work of a build goes on when it is cancelled, since others wait for it. */
export async function isWaitedFor(db: Db, buildId: string): Promise<boolean> {
  const { rows } = await sql`select from builds where ${waitsFor(buildId)} limit 1`.execute(db)
  return rows.length > 0
}

export interface Leader {
  readonly id: string
  /** It was cancelled, and goes on for those that wait for it. */
  readonly isCancelled: boolean
}

/**
 * The build that one waits for. It is locked: whoever changes both does so with this one first, so that of two that are
 * cancelled at once the later knows of the earlier.
 */
export async function lockLeader(db: Db, buildId: string): Promise<Leader | undefined> {
  const leader = await db
    .selectFrom('builds as own')
    .innerJoin('builds as leader', 'leader.id', 'own.joined_to')
    .select(['leader.id', 'leader.cancel_requested_at'])
    .where('own.id', '=', buildId)
    .where('own.joined_until', 'is', null)
    .where('leader.status', '=', 'building')
    .forUpdate('leader')
    .executeTakeFirst()
  return leader && { id: leader.id, isCancelled: leader.cancel_requested_at !== null }
}
