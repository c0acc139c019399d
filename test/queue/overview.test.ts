import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNewId } from '#contract/id.ts'
import { farmScope } from '../../records/scope.ts'
import { showOverview } from '../../server/views/overview.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { joinWith } from '../gate/library.ts'

const hourMs = 60 * 60_000
const now = Date.parse('2026-11-20T12:30:00Z')

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => database[Symbol.asyncDispose]())

interface Ended {
  readonly project: number
  readonly at: number
  readonly waitedMs: number
  readonly status?: 'succeeded' | 'failed'
  readonly code?: string
  readonly cached?: readonly boolean[]
}

async function add({ project, at, waitedMs, status, code, cached = [] }: Ended): Promise<void> {
  const { db } = database
  const id = createNewId(
    () => at,
    (bytes) => crypto.getRandomValues(bytes),
  )('build')
  await db
    .insertInto('builds')
    .values({
      id,
      project_id: project,
      name: id,
      repository: id,
      tag: 'latest',
      description: '',
      dockerfile: '',
      options: '{}',
      status: status ?? 'building',
      stage: status ?? 'building',
      created_at: new Date(at),
      ...(code !== undefined && { failure: JSON.stringify({ code, message: '' }) }),
    })
    .execute()
  const stage = { build_id: id, attempt: 0, stage: 'waiting' as const, started_at: new Date(at) }
  await db
    .insertInto('stages')
    .values({ ...stage, finished_at: new Date(at + waitedMs) })
    .execute()
  const step = { build_id: id, attempt: 1, stage: 'building' as const, started_at: new Date(at) }
  for (const [number, isCached] of cached.entries()) {
    await db
      .insertInto('steps')
      .values({
        ...step,
        number,
        name: 'RUN true',
        line: null,
        duration_ms: 1,
        cached: isCached,
        broke_cache: false,
        error: null,
        transferred_bytes: 0,
      })
      .execute()
  }
}

it('tells how builds fared, whole and by parts of the time, of what the caller sees', async () => {
  const { db } = database
  const [mine, theirs] = await Promise.all(
    ['mine', 'theirs'].map(async (name) => {
      const row = await db
        .insertInto('projects')
        .values({ name })
        .returning('id')
        .executeTakeFirstOrThrow()
      return row.id
    }),
  )
  if (mine === undefined || theirs === undefined) throw new Error('there are two')
  await joinWith(db, 'node-1', [])
  const early = now - 3 * hourMs
  await add({
    project: mine,
    at: early,
    waitedMs: 1000,
    status: 'succeeded',
    cached: [true, false],
  })
  await add({ project: mine, at: early, waitedMs: 3000, status: 'failed', code: 'step_failed' })
  await add({ project: mine, at: now - 1000, waitedMs: 8000, cached: [true] })
  await add({ project: theirs, at: now, waitedMs: 60_000, status: 'failed', code: 'internal' })
  await add({ project: mine, at: now - 26 * hourMs, waitedMs: 999_999, status: 'succeeded' })

  const own = { ...farmScope(db, 'test'), projects: [mine] }
  const seen = await showOverview(own, { hours: 24, now })
  expect(seen).toMatchObject({
    part_ms: hourMs,
    wait: { waited: 3, wait_p50_ms: 3000 },
    ends: { succeeded: 1, failed: 1, cancelled: 0, timed_out: 0 },
    causes: [{ code: 'step_failed', count: 1, actor: 'user' }],
    cache: { steps: 3, cached: 2 },
    queue: { waiting: 0, waiting_more: false },
    nodes: { all: 1, drained: 0 },
  })
  expect(seen.series).toHaveLength(24)
  expect(seen.series.at(-1)).toEqual({
    at: '2026-11-20T12:00:00.000Z',
    waited: 1,
    wait_p50_ms: 8000,
    wait_p95_ms: 8000,
    succeeded: 0,
    failed: 0,
    cancelled: 0,
    timed_out: 0,
  })
  expect(seen.series.at(-4)).toMatchObject({
    waited: 2,
    wait_p50_ms: 2000,
    succeeded: 1,
    failed: 1,
  })
  expect(seen.series.filter(({ waited }) => waited > 0)).toHaveLength(2)

  const all = await showOverview(farmScope(db, 'test'), { hours: 48, now })
  expect(all).toMatchObject({ part_ms: 2 * hourMs, ends: { succeeded: 2, failed: 2 } })
  expect(all.causes).toEqual([
    { code: 'internal', count: 1, actor: 'farm' },
    { code: 'step_failed', count: 1, actor: 'user' },
  ])
})
