import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { failures } from '#contract/failure.ts'
import type { Pool } from '../../records/connect.ts'
import { requestCancel, finishBuild } from '../../records/end-build.ts'
import { joinRunning, readContentKey } from '../../records/joined-builds.ts'
import { drainOutbox } from '../../records/outbox.ts'
import { enterStage } from '../../records/stages.ts'
import { type Call, callsWith } from '../access/tenants.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { addProject, clearQueue, enqueue, joinNodes, placeOnly, placeRound } from './kit.ts'

let server: ServerAlone
let call: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  call = callsWith(server.url)
})
beforeEach(async () => clearQueue(server.db))
afterAll(async () => server[Symbol.asyncDispose]())

const read = async (id = '') => {
  const { body } = await call('GET', `/api/builds/${id}`)
  return body as { status: string; waiting_reason: string | null; joined_to: string | null }
}
const told = async () => {
  const entries: unknown[] = []
  await drainOutbox(server.db, 100, async (entry) => {
    entries.push('buildId' in entry && [entry.buildId, entry.action])
    return true
  })
  return entries
}

/** Three equal builds: the first is being built, the others have joined it. */
async function joinThree() {
  const { db } = server
  await joinNodes(db, 1, 9)
  const [first = '', second = '', third = ''] = await enqueue(db, 1, 3)
  expect(await join(db, first)).toBeUndefined()
  expect(await join(db, second)).toBe(first)
  const placed = await placeRound(db)
  expect(placed.map(({ buildId }) => buildId)).toEqual([first, third])
  return { first, second, third }
}

const join = async (pool: Pool, id: string) => {
  const key = await readContentKey(pool, id)
  return key && joinRunning(pool, id, key)
}

it('lets the same build wait for the one that does the work, and tells so', async () => {
  const { db } = server
  await joinNodes(db, 1, 9)
  const [first = '', second = ''] = await enqueue(db, 1, 2)
  const joined = await Promise.all([join(db, first), join(db, second)])
  const leader = joined[0] === undefined ? first : second
  const other = leader === first ? second : first
  expect(joined.filter((one) => one !== undefined)).toEqual([leader])
  expect((await placeRound(db)).map(({ buildId }) => buildId)).toEqual([leader])
  expect(await read(other)).toMatchObject({
    joined_to: leader,
    waiting_reason: `${leader} does the same work and is waited for`,
  })

  await finishBuild(db, { buildId: leader, status: 'succeeded' })
  expect((await placeOnly(db)).map(({ buildId }) => buildId)).toEqual([other])
  const { reason } = await db
    .selectFrom('attempts')
    .select('reason')
    .where('build_id', '=', other)
    .executeTakeFirstOrThrow()
  expect(reason).toContain('n1')
})

it('joins nothing of another project, with other contents, or that is to run whatever the cache has', async () => {
  const { db } = server
  const elsewhere = await addProject(db, 'elsewhere')
  const [first = ''] = await enqueue(db, 1, 1)
  expect(await join(db, first)).toBeUndefined()
  const [foreign = ''] = await enqueue(db, elsewhere, 1)
  const [other = ''] = await enqueue(db, 1, 1, { options: { build_args: { a: 'b' } } })
  const [fresh = '', too = ''] = await enqueue(db, 1, 2, { options: { no_cache: true } })
  for (const id of [foreign, other, fresh, too]) {
    expect(await join(db, id)).toBeUndefined()
  }
})

it('tells all that wait when the work fails, and lets them go when it was only ended', async () => {
  const { db } = server
  await joinNodes(db, 1, 9)
  const [first = '', second = '', third = ''] = await enqueue(db, 1, 3)
  for (const id of [first, second, third]) await join(db, id)
  await placeRound(db)
  const failure = { code: 'step_failed', message: failures.step_failed.message } as const
  await finishBuild(db, { buildId: first, status: 'failed', failure })
  expect(await told()).toEqual([
    [second, 'fail'],
    [third, 'fail'],
  ])
  expect(await placeOnly(db)).toEqual([])

  await clearQueue(db)
  await joinNodes(db, 1, 9)
  const [leader = '', waiting = ''] = await enqueue(db, 1, 2)
  for (const id of [leader, waiting]) await join(db, id)
  await placeRound(db)
  const ended = { code: 'terminated', message: failures.terminated.message } as const
  await finishBuild(db, { buildId: leader, status: 'failed', failure: ended })
  expect(await told()).toEqual([])
  expect((await placeOnly(db)).map(({ buildId }) => buildId)).toEqual([waiting])
})

it('lets the work go on for the others when one is cancelled, and stops it with the last', async () => {
  const { db } = server
  const { first, second, third } = await joinThree()
  const building = { buildId: first, attempt: 1, stage: 'building' } as const
  expect(await enterStage(db, building)).toBe(true)
  expect(await requestCancel(db, third, 'api')).toBe('requested')
  expect(await told()).toEqual([[third, 'cancel']])

  expect(await requestCancel(db, first, 'api')).toBe('requested')
  expect(await told()).toEqual([])
  expect(await read(first)).toMatchObject({ status: 'building', cancel_requested: true })
  expect(await requestCancel(db, second, 'api')).toBe('requested')
  expect(await told()).toEqual([
    [second, 'cancel'],
    [first, 'cancel'],
  ])
})

it('knows of two that are cancelled at once that nobody waits any more', async () => {
  const { db } = server
  for (let round = 0; round < 10; round += 1) {
    await clearQueue(db)
    const { first, second } = await joinThree()
    await enterStage(db, { buildId: first, attempt: 1, stage: 'building' })
    await Promise.all([first, second].map(async (id) => requestCancel(db, id, 'api')))
    const entries = await told()
    expect(entries).toContainEqual([first, 'cancel'])
    expect(entries).toContainEqual([second, 'cancel'])
  }
})
