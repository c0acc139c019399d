import { sql } from 'kysely'
import type { Db } from '../../records/connect.ts'
import { countAllAhead } from '../../records/images-ahead.ts'
import { findBreaker } from '../../records/registry-breaker.ts'
import { countPushes } from '../../records/pushes.ts'

/** One number with the labels that tell it from others of its name. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The names of `farm-gauges.ts`, each with its numbers as they are now. */
export type FarmState = Readonly<Record<string, readonly Sample[]>>

/** How the farm is, as far as the database knows. Seconds, bytes and counts. */
export async function readFarm(db: Db, registryHost: string): Promise<FarmState> {
  const [queue, stages, outbox, nodes, environments, ahead, webhooks, pushes, breaker] =
    await Promise.all([
      readQueue(db),
      readStages(db),
      readOutbox(db),
      readNodes(db),
      readEnvironments(db),
      readAhead(db),
      readWebhooks(db),
      countPushes(db),
      findBreaker(db, registryHost),
    ])
  return {
    ...queue,
    kiln_builds: stages,
    ...outbox,
    ...nodes,
    kiln_environments: environments,
    ...ahead,
    ...webhooks,
    kiln_pushes: [
      { labels: { state: 'running' }, value: pushes.running },
      { labels: { state: 'waiting' }, value: pushes.waiting },
    ],
    kiln_registry_breaker_open: [one(breaker?.state === 'open' ? 1 : 0)],
  }
}

const one = (value: number): Sample => ({ labels: {}, value })

async function readQueue(db: Db): Promise<FarmState> {
  const { rows } = await sql<{ priority: string; count: number; seconds: number | null }>`
    select one.priority, count(builds.id)::int as count,
      extract(epoch from now() - min(waiting_since))::float8 as seconds
    from (values ('interactive'), ('scheduled')) as one (priority)
    left join builds on builds.priority = one.priority and waiting_since is not null
      and cancel_requested_at is null
    group by one.priority`.execute(db)
  return {
    kiln_queue_builds: rows.map(({ priority, count: value }) => ({ labels: { priority }, value })),
    kiln_queue_oldest_seconds: rows.map(({ priority, seconds }) => ({
      labels: { priority },
      value: seconds ?? 0,
    })),
  }
}

async function readStages(db: Db): Promise<readonly Sample[]> {
  const rows = await db
    .selectFrom('builds')
    .select(['stage', (of) => of.fn.countAll<number>().as('value')])
    .where('status', '=', 'building')
    .groupBy('stage')
    .execute()
  return rows.map(({ stage, value }) => ({ labels: { stage }, value }))
}

async function readOutbox(db: Db): Promise<FarmState> {
  const { rows } = await sql<{ count: number; seconds: number | null }>`
    select count(*)::int as count, extract(epoch from now() - min(created_at))::float8 as seconds
    from outbox`.execute(db)
  return {
    kiln_outbox_entries: [one(rows[0]?.count ?? 0)],
    kiln_outbox_oldest_seconds: [one(rows[0]?.seconds ?? 0)],
  }
}

const inState = (name: string, value: number): Sample => ({ labels: { state: name }, value })

async function readNodes(db: Db): Promise<FarmState> {
  const { rows } = await sql<{
    ready: number
    lost: number
    drained: number
    quarantined: number
    low: number
    slots: number
    running: number
    gpus: number
    faulty: number
  }>`
    select count(*) filter (where leased_until > now())::int as ready,
      count(*) filter (where leased_until <= now())::int as lost,
      count(*) filter (where drained_at is not null)::int as drained,
      (select count(*)::int from node_credentials
        left join nodes as known on known.id = node_id
        where quarantined and revoked_at is not null and known.removed_at is null) as quarantined,
      count(*) filter (where disk_low is not null and leased_until > now())::int as low,
      coalesce(sum(slots) filter (where leased_until > now()), 0)::int as slots,
      (select count(*)::int from attempts where finished_at is null) as running,
      coalesce(sum(jsonb_array_length(inventory -> 'gpus'))
        filter (where leased_until > now()), 0)::int as gpus,
      coalesce(sum(jsonb_array_length(inventory -> 'faulty_gpus'))
        filter (where leased_until > now()), 0)::int as faulty
    from nodes`.execute(db)
  const found = rows[0]
  if (found === undefined) return {}
  return {
    kiln_nodes: [
      inState('ready', found.ready),
      inState('lost', found.lost),
      inState('drained', found.drained),
      inState('quarantined', found.quarantined),
      inState('disk low', found.low),
    ],
    kiln_slots: [inState('all', found.slots), inState('taken', found.running)],
    kiln_gpus: [inState('healthy', found.gpus), inState('faulty', found.faulty)],
  }
}

async function readEnvironments(db: Db): Promise<readonly Sample[]> {
  const rows = await db
    .selectFrom('environments')
    .select(['state', (of) => of.fn.countAll<number>().as('value')])
    .where('state', 'not in', ['stopped', 'failed'])
    .groupBy('state')
    .execute()
  return rows.map(({ state, value }) => ({ labels: { state }, value }))
}

async function readAhead(db: Db): Promise<FarmState> {
  const rows = await countAllAhead(db)
  return {
    kiln_images_ahead: rows.map(({ state, count }) => inState(state, count)),
    kiln_images_ahead_bytes: rows.map(({ state, bytes }) => inState(state, bytes)),
  }
}

async function readWebhooks(db: Db): Promise<FarmState> {
  const { rows } = await sql<{ pending: number; disabled: number }>`
    select (select count(*)::int from webhook_deliveries where state = 'pending') as pending,
      (select count(*)::int from webhooks where disabled_at is not null) as disabled`.execute(db)
  return {
    kiln_webhook_deliveries_pending: [one(rows[0]?.pending ?? 0)],
    kiln_webhooks_disabled: [one(rows[0]?.disabled ?? 0)],
  }
}
