import { sql } from 'kysely'
import { failures, isFailureCode } from '#contract/failure.ts'
import { createNewId } from '#contract/id.ts'
import type { FinalStatus } from '#contract/stage.ts'
import type { Db } from '../../records/connect.ts'
import { readRunning } from '../../records/known-nodes.ts'
import { inScope, type Scope } from '../../records/scope.ts'

const hourMs = 60 * 60_000
/** Into how many parts of the time it is split. */
const parts = 24
/** More waiting builds are not counted: who looks wants to know that there are many. */
const maxWaiting = 10_000

interface Asked {
  /** How far back, in hours. */
  readonly hours: number
  readonly now: number
}

/** How the builds fare that the caller sees, and what the farm has for them. Times in ms. */
export async function showOverview(scope: Scope, { hours, now }: Asked) {
  const partMs = (hours * hourMs) / parts
  // Whole parts, so that a page which asks again sees the same ones.
  const until = Math.ceil(now / partMs) * partMs
  const range = { since: until - hours * hourMs, partMs }
  const [waits, ends, causes, cache, waiting, nodes, running] = await Promise.all([
    readWaits(scope, range),
    readEnds(scope, range),
    readCauses(scope, range),
    readCache(scope, range),
    countWaiting(scope),
    countNodes(scope.farm),
    readRunning(scope.farm),
  ])
  const series = Array.from({ length: parts }, (_, part) => ({
    at: new Date(range.since + part * partMs).toISOString(),
    ...(waits.parts.get(part) ?? { waited: 0, wait_p50_ms: null, wait_p95_ms: null }),
    ...noEnds,
    ...ends.get(part),
  }))
  return {
    since: new Date(range.since).toISOString(),
    part_ms: partMs,
    queue: {
      waiting: Math.min(waiting, maxWaiting),
      waiting_more: waiting > maxWaiting,
      running: running.reduce((sum, { count }) => sum + count, 0),
    },
    wait: waits.whole,
    ends: sumEnds(series),
    causes,
    cache,
    nodes,
    series,
  }
}

interface Range {
  readonly since: number
  readonly partMs: number
}

/** Ids sort by time of making, so that the key alone finds what is young enough. */
const firstId = ({ since }: Range) =>
  createNewId(
    () => since,
    (bytes) => bytes.fill(0),
  )('build')

const partOf = ({ since, partMs }: Range) =>
  sql<number>`floor((extract(epoch from builds.created_at) * 1000 - ${since}) / ${partMs})::integer`

function selectYoung(scope: Scope, range: Range) {
  return scope.db
    .selectFrom('builds')
    .where('builds.id', '>=', firstId(range))
    .where(inScope(scope, 'builds.project_id'))
}

const percentile = (share: number) =>
  sql<number | null>`percentile_cont(${share}) within group (order by ms)::double precision`

async function readWaits(scope: Scope, range: Range) {
  const waits = selectYoung(scope, range)
    .innerJoin('stages', 'stages.build_id', 'builds.id')
    .where('stages.stage', '=', 'waiting')
    .where('stages.finished_at', 'is not', null)
    .select([
      partOf(range).as('part'),
      sql<number>`extract(epoch from stages.finished_at - stages.started_at) * 1000`.as('ms'),
    ])
  const rows = await scope.db
    .selectFrom(waits.as('waits'))
    .select((select) => [
      sql<number | null>`part`.as('part'),
      select.fn.countAll<number>().as('waited'),
      percentile(0.5).as('p50'),
      percentile(0.95).as('p95'),
    ])
    .groupBy(sql`grouping sets ((part), ())`)
    .execute()
  const show = ({ waited, p50, p95 }: (typeof rows)[number]) => ({
    waited,
    wait_p50_ms: p50 === null ? null : Math.round(p50),
    wait_p95_ms: p95 === null ? null : Math.round(p95),
  })
  const whole = rows.find(({ part }) => part === null)
  return {
    whole: whole ? show(whole) : { waited: 0, wait_p50_ms: null, wait_p95_ms: null },
    parts: new Map(rows.flatMap((row) => (row.part === null ? [] : [[row.part, show(row)]]))),
  }
}

const noEnds: Readonly<Record<FinalStatus, number>> = {
  succeeded: 0,
  failed: 0,
  cancelled: 0,
  timed_out: 0,
}
type Ends = Partial<Record<FinalStatus, number>>

async function readEnds(scope: Scope, range: Range): Promise<ReadonlyMap<number, Ends>> {
  const rows = await selectYoung(scope, range)
    .where('status', '<>', 'building')
    .select((select) => [
      partOf(range).as('part'),
      'status',
      select.fn.countAll<number>().as('count'),
    ])
    .groupBy(['part', 'status'])
    .execute()
  const ends = new Map<number, Ends>()
  for (const { part, status, count } of rows) {
    ends.set(part, { ...ends.get(part), [status]: count })
  }
  return ends
}

function sumEnds(series: readonly Readonly<Record<FinalStatus, number>>[]) {
  const sum = { ...noEnds }
  for (const part of series) {
    for (const status of ['succeeded', 'failed', 'cancelled', 'timed_out'] as const) {
      sum[status] += part[status]
    }
  }
  return sum
}

const maxCauses = 12

/** Why builds ended without an image, the commonest first, and who can do something about it. */
async function readCauses(scope: Scope, range: Range) {
  const rows = await selectYoung(scope, range)
    .where('failure', 'is not', null)
    .where('status', 'in', ['failed', 'timed_out'])
    .select((select) => [
      sql<string>`failure->>'code'`.as('code'),
      select.fn.countAll<number>().as('count'),
    ])
    .groupBy('code')
    .orderBy('count', 'desc')
    .orderBy('code')
    .limit(maxCauses)
    .execute()
  return rows.map(({ code, count }) => ({
    code,
    count,
    actor: isFailureCode(code) ? failures[code].actor : 'farm',
  }))
}

/** Of the steps of these builds, how many were found in a cache. */
async function readCache(scope: Scope, range: Range) {
  const row = await selectYoung(scope, range)
    .innerJoin('steps', 'steps.build_id', 'builds.id')
    .where('steps.stage', '=', 'building')
    .select((select) => [
      select.fn.countAll<number>().as('steps'),
      sql<number>`count(*) filter (where steps.cached)`.as('cached'),
    ])
    .executeTakeFirstOrThrow()
  return { steps: row.steps, cached: row.cached }
}

async function countWaiting(scope: Scope): Promise<number> {
  const row = await scope.db
    .selectFrom((from) =>
      from
        .selectFrom('builds')
        .select('builds.id')
        .where('waiting_since', 'is not', null)
        .where('cancel_requested_at', 'is', null)
        .where(inScope(scope, 'builds.project_id'))
        .limit(maxWaiting + 1)
        .as('waiting'),
    )
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return row.count
}

/** How many nodes there are is no secret. */
async function countNodes(db: Db) {
  return db
    .selectFrom('nodes')
    .select((select) => [
      select.fn.countAll<number>().as('all'),
      sql<number>`count(*) filter (where leased_until > now())`.as('ready'),
      sql<number>`count(*) filter (where drained_at is not null)`.as('drained'),
      sql<number>`count(*) filter (where disk_low is not null)`.as('disk_low'),
      sql<number>`coalesce(sum(slots) filter (
        where leased_until > now() and drained_at is null), 0)::integer`.as('slots'),
      sql<number>`coalesce(sum(jsonb_array_length(inventory->'gpus')) filter (
        where leased_until > now()), 0)::integer`.as('gpus'),
    ])
    .executeTakeFirstOrThrow()
}
