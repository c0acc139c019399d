import { Hono } from 'hono'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { readNodeGpus } from '../../records/node-gpus.ts'
import { farmScope } from '../../records/scope.ts'
import { compareNode } from '../../server/fleet/compare-node.ts'
import { tellNextChange } from '../../server/fleet/tell-changes.ts'
import { groupGpus } from '../../matrix/fleet-classes.ts'
import { createOnError } from '../../server/middleware/on-error.ts'
import { nodeRoutes } from '../../server/routes/nodes.ts'
import { listChanges } from '../../server/views/node-changes.ts'
import { listNodeImages } from '../../server/views/node-images.ts'
import { showUpgrade } from '../../server/views/node-upgrade.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { asOperator } from '../as-operator.ts'
import { exampleGpu } from './example-gpu.ts'
import { digestOf, joinWith, measure, publish } from './library.ts'

const images = [...exampleImages]
/** More than a page of the library. */
const copies = 30
const [older, newer, newest] = ['515.48.07', '580.95.05', '595.58.03']
const card = (driver: string) =>
  exampleGpu('GPU-1', { driver, name: 'NVIDIA GeForce RTX 3090', capability: '8.6' })

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
  const { db } = database
  for (let copy = 0; copy < copies; copy += 1) {
    for (const [n, [name, facts]] of images.entries()) {
      await publish(db, { name: `${name} ${copy}`, digest: digestOf(n), facts })
    }
  }
  await joinWith(db, 'node-7', [card(older)])
  await joinWith(db, 'node-7', [card(newer)])
})
afterAll(async () => database[Symbol.asyncDispose]())

const never = new AbortController().signal
const tell = async (stop = never) =>
  tellNextChange({ db: database.db, log: pino({ level: 'silent' }), random: () => 0.5 }, stop)
const changes = async () => {
  const page = await listChanges(database.db, 'node-7', { limit: 10 }, 'en')
  return page.changes
}
/** As if every pause were over. */
const letTimePass = async () =>
  sql`update node_changes set next_try_at = now()`.execute(database.db)

it('a change that cannot be told holds up no other, and is set aside where it is seen', async () => {
  const { db } = database
  await sql`update node_changes set before = '[null]' where id = (select min(id) from node_changes)`.execute(
    db,
  )
  expect(await tell()).toBe(true)
  expect(await tell()).toBe(true)
  expect(await tell()).toBe(false)
  for (let tries = 1; tries < 5; tries += 1) {
    await letTimePass()
    expect(await tell()).toBe(true)
  }
  await letTimePass()
  expect(await tell()).toBe(false)
  const rows = await db
    .selectFrom('audit')
    .select(['object', 'detail'])
    .where('action', '=', 'node.change.give_up')
    .execute()
  expect(rows).toMatchObject([{ object: 'node-7', detail: { tries: 5 } }])
  const states = await db
    .selectFrom('node_changes')
    .select(['tries', 'given_up_at', 'told'])
    .orderBy('id')
    .execute()
  expect(states).toMatchObject([
    { tries: 5, given_up_at: expect.any(Date), told: null },
    { tries: 1, given_up_at: null },
  ])
  await sql`update node_changes set before = '[]' where told is null`.execute(db)
  expect(await changes()).toMatchObject([
    {
      state: 'told',
      text: `Upgrading node-7 from driver ${older} to ${newer} lets ${3 * copies} more images run and stops 0.`,
      findings: [{ code: 'DRIVER_CHANGED', params: { gained: 3 * copies, lost: 0 } }],
    },
    { state: 'given_up', text: null },
  ])
})

it('others get their turn after each image of a large library', async () => {
  const { db } = database
  const classes = groupGpus([{ gpu: card(newer), arch: 'x64', nodeName: 'node-7' }])
  const node = { name: 'node-7', before: classes, after: classes, elsewhere: classes }
  let turns = 0
  const ended = { is: false }
  const count = () => {
    turns += 1
    if (!ended.is) setImmediate(count)
  }
  count()
  const seen: number[] = []
  for await (const _ of compareNode(db, node)) seen.push(turns)
  ended.is = true
  expect(seen).toHaveLength(copies * images.length)
  expect(new Set(seen).size).toBe(seen.length)
})

it('a server that stops leaves the change to the next one', async () => {
  const { db } = database
  await joinWith(db, 'node-7', [card(newest)])
  expect(await tell()).toBe(true)
  await joinWith(db, 'node-7', [card(older)])
  expect(await tell(AbortSignal.abort())).toBe(false)
  expect((await changes())[0]).toMatchObject({ state: 'waiting', text: null })
  expect(await tell()).toBe(true)
  expect((await changes())[0]?.text).toBe(
    `Downgrading node-7 from driver ${newest} to ${older} lets 0 more images run and stops ${3 * copies}.`,
  )
})

it('other cards with the same driver are told as well', async () => {
  const { db } = database
  await joinWith(db, 'node-7', [exampleGpu('GPU-1', { driver: older })])
  expect(await tell()).toBe(true)
  const [change] = await changes()
  expect(change?.text).toBe('The GPUs that node-7 has now let 0 more images run and stop 0.')
  await joinWith(db, 'node-7', [card(older)])
  expect(await tell()).toBe(true)
})

it('changes come in pages', async () => {
  const { db } = database
  const first = await listChanges(db, 'node-7', { limit: 4 }, 'zh')
  expect(first.changes[0]?.text).toContain('node-7 现有的 GPU 可多运行 0 个镜像')
  const before = Number(first.next_cursor)
  const second = await listChanges(db, 'node-7', { limit: 4, before }, 'zh')
  expect(second.changes.map(({ id }) => id < before)).toEqual([true, true])
  expect(second.next_cursor).toBeUndefined()
})

const upgrade = async (driver: string, after?: number, limit = 100) => {
  const { db } = database
  const gpus = await readNodeGpus(db, 'node-7')
  const filter = { driver, after, limit, language: 'en' } as const
  return showUpgrade(db, { id: 'node-7', name: 'node-7' }, gpus, filter)
}

it('what another driver would mean is told before it is there, page by page', async () => {
  const seen: string[] = []
  let page = await upgrade(newer)
  expect(page).toMatchObject({
    from: older,
    to: newer,
    cuda: '13.0',
    summary: {
      begin: 3 * copies,
      stop: 0,
      looked_at: copies * images.length,
      complete: true,
      text: `Upgrading node-7 from driver ${older} to ${newer} lets ${3 * copies} more images run and stops 0.`,
    },
  })
  expect(page.images[0]).toMatchObject({
    name: 'ubuntu22-cuda:12.0 0',
    version: 1,
    change: 'begins',
    before: { verdict: 'will_not_run', evidence: 'computed' },
    after: { verdict: 'runs', evidence: 'computed' },
  })
  for (;;) {
    seen.push(...page.images.map(({ name }) => name))
    if (page.next_cursor === undefined) break
    page = await upgrade(newer, Number(page.next_cursor))
    expect(page.summary).toBeNull()
  }
  expect(seen).toHaveLength(3 * copies)
  expect(new Set(seen).size).toBe(3 * copies)
  expect(await upgrade('470.57.02')).toMatchObject({
    summary: { begin: 0, text: expect.stringMatching(/^Downgrading /) },
  })
})

it('what was measured with the other driver elsewhere is believed', async () => {
  const { db } = database
  const [name] = images[6]!
  const { buildId } = await publish(db, { name: 'measured', digest: digestOf(6) })
  const failure = { code: 'FRAMEWORK_CPU_ONLY', severity: 'error', params: {} } as const
  const failed = { passed: false, reasons: [failure] }
  await measure(db, { buildId, digest: digestOf(6), gpu: card(newer), ...failed })
  const page = await upgrade(newer)
  expect(name).toBe('torch 2.9.1 (cu128)')
  expect(page.summary).toMatchObject({ begin: 2 * copies, stop: 0 })
  const filter = { limit: 7, language: 'en' } as const
  const { images: listed } = await listNodeImages(farmScope(db, 'test'), 'node-7', filter)
  expect(listed.map(({ version, verdict }) => [version, verdict])).toEqual([
    [1, 'runs_with_notes'],
    [1, 'runs_with_notes'],
    [1, 'runs_with_notes'],
    [1, 'will_not_run'],
    [1, 'runs_with_notes'],
    [1, 'will_not_run'],
    [1, 'will_not_run'],
  ])
})

it('the API refuses a driver that is none, and a node that has no GPU', async () => {
  const { db } = database
  const log = pino({ level: 'silent' })
  const app = new Hono().onError(createOnError(log)).use(asOperator(db)).route('/', nodeRoutes())
  const ask = async (path: string) => {
    const reply = await app.request(path)
    return [reply.status, await reply.json()]
  }
  for (const driver of ['', '580', '300.10', 'x', '580.65.06.1']) {
    const refused = [400, { code: 'invalid_request', errors: [{ field: 'driver' }] }]
    expect(await ask(`/node-7/upgrade?driver=${driver}`)).toMatchObject(refused)
  }
  expect(await ask(`/node-7/upgrade?driver=${newer}&limit=1&lang=zh`)).toMatchObject([
    200,
    { summary: { text: expect.stringContaining('升级到') }, images: [{ change: 'begins' }] },
  ])
  expect(await ask(`/node-8/upgrade?driver=${newer}`)).toMatchObject([404, { code: 'not_found' }])
  expect(await ask('/node-7/changes?limit=1')).toMatchObject([
    200,
    { changes: [{ state: 'told' }] },
  ])
  await joinWith(db, 'node-8', [])
  expect(await ask(`/node-8/upgrade?driver=${newer}`)).toMatchObject([
    409,
    { code: 'node_without_gpu' },
  ])
})

it('the last GPU of a node takes what ran only there', async () => {
  const { db } = database
  await joinWith(db, 'node-7', [])
  expect(await tell()).toBe(true)
  const [change] = await changes()
  expect(change).toMatchObject({
    text: `GPUs in good health: 1 before, 0 now. Without node-7, ${4 * copies} images that ran on it will run nowhere.`,
    findings: [{ code: 'GPU_COUNT_CHANGED', severity: 'error', params: { was: 1, now: 0 } }],
  })
})
