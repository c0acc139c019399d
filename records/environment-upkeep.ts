import { sql } from 'kysely'
import type { EnvironmentRef, NodeEnvironments, WantedEnvironments } from '#contract/environment.ts'
import { isResting } from '#contract/environment.ts'
import { environmentReasons } from '#contract/environment-reason.ts'
import type { Db, Pool } from './connect.ts'
import { moveEnvironment } from './environment-events.ts'
import { stopEnvironment } from './environments.ts'
import { tellEnvironment } from './environment-starts.ts'
import { noteUsage } from './environment-usage.ts'

const batch = 100
/** What a node says may be as old as a call to the server lasts. */
const unseenAfterMs = 30_000

/** Marks those as lost that run on nodes which do not answer. @returns how many. */
export async function markLost(pool: Pool): Promise<number> {
  const rows = await pool
    .selectFrom('environments')
    .innerJoin('nodes', 'nodes.id', 'environments.node_id')
    .select(['environments.id as environmentId', 'environments.start'])
    .where('state', '=', 'running')
    .where('nodes.leased_until', '<', sql<Date>`now()`)
    .limit(batch)
    .execute()
  for (const ref of rows) {
    await pool.transaction().execute(async (db) => {
      const message = environmentReasons.node_lost.en
      await moveEnvironment(db, ref, ['running'], { state: 'lost', reason: 'node_lost', message })
    })
  }
  return rows.length
}

function isOver(column: 'running_since' | 'used_at', limit: 'ttl_seconds' | 'idle_seconds') {
  return sql<boolean>`${sql.ref(column)} + ${sql.ref(limit)} * interval '1 second' < now()`
}

/** Asks those to stop that have run for long enough, or that nobody has used. @returns how many. */
export async function stopOverdue(pool: Pool): Promise<number> {
  const rows = await pool
    .selectFrom('environments')
    .select('id')
    .select(isOver('running_since', 'ttl_seconds').as('expired'))
    .where('state', 'in', ['running', 'lost'])
    .where('stop_wanted', 'is', null)
    .where((where) =>
      where.or([isOver('running_since', 'ttl_seconds'), isOver('used_at', 'idle_seconds')]),
    )
    .limit(batch)
    .execute()
  for (const { id, expired } of rows) {
    await stopEnvironment(pool, id, { actor: 'farm', reason: expired ? 'expired' : 'idle' })
  }
  return rows.length
}

/**
 * Compares what a node has with what it should have: what came through a restart of its agent runs again, what is gone has
 * ended, and what is deleted and gone from there is done with. @returns what is to become of what it has.
 */
export async function reconcileNode(
  pool: Pool,
  nodeId: string,
  told: NodeEnvironments,
): Promise<WantedEnvironments> {
  const { environments: has } = told
  const known = await pool
    .selectFrom('environments')
    .select(['id', 'start', 'state', 'deleted_at'])
    .select(
      sql<boolean>`running_since < now() - ${unseenAfterMs} * interval '1 millisecond'`.as('isOld'),
    )
    .where('node_id', '=', nodeId)
    .where('removed_at', 'is', null)
    .execute()
  const byId = new Map(has.map((one) => [one.id, one]))
  for (const { id, start, state, isOld, deleted_at: deletedAt } of known) {
    const ref = { environmentId: id, start }
    const there = byId.get(id)
    const runs = there?.running === true && there.start === start
    if (state === 'lost' && runs) await tellEnvironment(pool, ref, { state: 'running' })
    else if ((state === 'running' || state === 'lost') && !runs && isOld) {
      await tellEnvironment(pool, ref, { state: 'ended', out_of_memory: false })
    } else if (deletedAt !== null && there === undefined) await markRemoved(pool, id)
  }
  await noteUsage(pool, nodeId, told)
  if (told.disk !== undefined) await noteDisk(pool, nodeId, told.disk)
  const rows = new Map(known.map((row) => [row.id, row]))
  return {
    environments: has.map(({ id, start }) => {
      const row = rows.get(id)
      // What this farm does not know it does not remove: it may have lost it itself.
      if (row === undefined) return { id, start, wanted: 'keep' as const }
      if (row.deleted_at !== null) return { id, start, wanted: 'remove' as const }
      const wanted = row.start === start && !isResting(row.state) ? 'run' : 'keep'
      return { id, start, wanted } as const
    }),
  }
}

async function noteDisk(
  db: Db,
  nodeId: string,
  disk: NonNullable<NodeEnvironments['disk']>,
): Promise<void> {
  const told = JSON.stringify(disk)
  await db
    .updateTable('nodes')
    .set({ environment_disk: told })
    .where('id', '=', nodeId)
    .where(sql<boolean>`environment_disk is distinct from ${told}::jsonb`)
    .execute()
}

async function markRemoved(db: Db, id: string): Promise<void> {
  await db
    .updateTable('environments')
    .set({ removed_at: sql<Date>`now()` })
    .where('id', '=', id)
    .execute()
}

/** Up to `limit` after `after`, by id, whose workflow should be open, and was handed to Temporal at least `forMs` ago. */
export async function readOpenEnvironments(
  db: Db,
  {
    after,
    forMs,
    limit,
  }: { readonly after: string; readonly forMs: number; readonly limit: number },
): Promise<readonly EnvironmentRef[]> {
  return db
    .selectFrom('environments')
    .select(['id as environmentId', 'start'])
    .where('state', 'not in', ['stopped', 'failed'])
    .where('id', '>', after)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('outbox')
            .select('outbox.id')
            .whereRef('outbox.environment_id', '=', 'environments.id'),
        ),
      ),
    )
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('environment_events')
            .select('environment_events.id')
            .whereRef('environment_id', '=', 'environments.id')
            .whereRef('environment_events.start', '=', 'environments.start')
            .where('environment_events.state', '=', 'waiting')
            .where('at', '>', sql<Date>`now() - ${forMs} * interval '1 millisecond'`),
        ),
      ),
    )
    .orderBy('id')
    .limit(limit)
    .execute()
}
