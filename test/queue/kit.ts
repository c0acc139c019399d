import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { pino } from 'pino'
import type { Priority } from '#contract/rebuild.ts'
import { endAttempt, type PlacedAttempt } from '../../records/attempts.ts'
import type { Db, Pool } from '../../records/connect.ts'
import { createNodeReader, type NodeReader } from '../../records/known-nodes.ts'
import { placeBuilds } from '../../worker/placement/place-builds.ts'
import { createWorkerMetrics } from '../../worker/metrics.ts'

/** @returns the id of a new project. */
export async function addProject(db: Db, name: string): Promise<number> {
  const { id } = await db
    .insertInto('projects')
    .values({ name })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

let batches = 0

interface Enqueued {
  readonly options?: object
  readonly priority?: Priority
  /** Who has submitted them. */
  readonly user?: string
}

/** Builds that wait for a node, as their workflows would have brought them there. @returns their ids, in their order. */
export async function enqueue(
  db: Db,
  projectId: number,
  count: number,
  { options = {}, priority = 'interactive', user = '' }: Enqueued = {},
): Promise<readonly string[]> {
  batches += 1
  const prefix = `build-${String(batches).padStart(6, '0')}-`
  const { rows } = await sql<{ readonly id: string }>`
    insert into builds (id, project_id, submitted_by, name, repository, tag, description, dockerfile, options, priority, status, stage, waiting_since)
    select ${prefix} || lpad(n::text, 6, '0'), ${projectId}, ${user}, 'image', ${prefix} || n, 'latest', '', 'FROM scratch',
      ${JSON.stringify(options)}::jsonb, ${priority}, 'building', 'waiting', clock_timestamp() + n * interval '1 microsecond'
    from generate_series(1, ${count}) as n
    returning id`.execute(db)
  return rows.map(({ id }) => id)
}

/** Nodes that answer, with so many slots each. */
export async function joinNodes(db: Db, count: number, slots: number): Promise<void> {
  const inventory = {
    host: { hostname: 'h', os: 'linux', kernel: '6', arch: 'x64' },
    cpu: { model: 'cpu', cores: 1 },
    memory_bytes: 1,
    disk: { total_bytes: 1, free_bytes: 1 },
    buildkit: { version: '0.34.2', platforms: ['linux/amd64'], devices: [] },
    gpus: [],
  }
  await sql`
    insert into nodes (id, name, protocol, incarnation, slots, inventory, leased_until)
    select 'node-' || lpad(n::text, 5, '0'), 'n' || n, 5, ${randomUUID()}::uuid, ${slots},
      ${JSON.stringify(inventory)}::jsonb, now() + interval '1 day'
    from generate_series(1, ${count}) as n`.execute(db)
}

/** A worker has one for as long as it lives. */
const readers = new WeakMap<Pool, NodeReader>()

function readerOf(db: Pool): NodeReader {
  const reader = readers.get(db) ?? createNodeReader()
  readers.set(db, reader)
  return reader
}

/** One round of placement, as the worker does it. @returns what it placed. */
export async function placeOnly(db: Pool): Promise<readonly PlacedAttempt[]> {
  const placed: PlacedAttempt[] = []
  await placeBuilds({
    db,
    nodes: readerOf(db),
    log: pino({ level: 'silent' }),
    metrics: createWorkerMetrics(new Registry()),
    signalPlaced: async (one) => void placed.push(one),
  })
  return placed
}

/** As nodes do that take up what was placed on them. */
export async function beginPlaced(db: Pool): Promise<void> {
  await db
    .updateTable('attempts')
    .set({ started_at: sql<Date>`now()` })
    .where('started_at', 'is', null)
    .where('finished_at', 'is', null)
    .execute()
}

/** Both. @returns what was placed. */
export async function placeRound(db: Pool): Promise<readonly PlacedAttempt[]> {
  const placed = await placeOnly(db)
  await beginPlaced(db)
  return placed
}

export async function finish(db: Pool, { buildId, attempt }: PlacedAttempt): Promise<void> {
  await endAttempt(db, { buildId, attempt }, undefined)
}

/** As if nothing had been queued yet and no node had joined: for tests that share a database. */
export async function clearQueue(db: Pool): Promise<void> {
  await sql`update builds set status = 'cancelled', stage = 'cancelled', waiting_since = null
    where status = 'building'`.execute(db)
  for (const table of [
    'attempts',
    'nodes',
    'outbox',
    'audit',
    'lane_reasons',
    'user_turns',
    'start_predictions',
  ] as const) {
    await db.deleteFrom(table).execute()
  }
}
