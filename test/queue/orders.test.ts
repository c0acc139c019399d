import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { connect } from '../../records/connect.ts'
import { type Call, callsWith } from '../access/tenants.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { addProject, clearQueue, enqueue, finish, joinNodes, placeOnly, placeRound } from './kit.ts'

let server: ServerAlone
let call: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  call = callsWith(server.url)
})
beforeEach(async () => clearQueue(server.db))
afterAll(async () => server[Symbol.asyncDispose]())

const place = async () => (await placeRound(server.db)).map(({ buildId }) => buildId)
const reasonOf = async (id: string, language = 'en') => {
  const { body } = await call('GET', `/api/builds/${id}?lang=${language}`)
  return (body as { waiting_reason: string | null }).waiting_reason
}
const audited = async (...actions: readonly string[]) =>
  server.db
    .selectFrom('audit')
    .select(['action', 'object', 'detail'])
    .where('action', 'in', actions)
    .orderBy('seq')
    .execute()

it('places nothing while the farm is paused, tells those who wait why, and goes on afterwards', async () => {
  const { db } = server
  await joinNodes(db, 1, 2)
  expect(await call('POST', '/api/queue/pause', { reason: 'new switches' })).toMatchObject({
    status: 200,
    body: { paused: { reason: 'new switches', since: expect.any(String) } },
  })
  const ids = await enqueue(db, 1, 3)
  expect(await place()).toEqual([])
  expect(await reasonOf(ids[0] ?? '')).toBe('the queue is paused: new switches')
  expect(await reasonOf(ids[0] ?? '', 'zh')).toBe('队列已暂停：new switches')
  expect(await call('POST', '/api/queue/resume')).toMatchObject({ body: { paused: null } })
  expect(await place()).toEqual(ids.slice(0, 2))
  expect(await audited('queue.pause', 'queue.resume')).toEqual([
    { action: 'queue.pause', object: 'farm', detail: { because: 'new switches' } },
    { action: 'queue.resume', object: 'farm', detail: {} },
  ])
})

it('pauses one project and no other', async () => {
  const { db } = server
  const [still, other] = [await addProject(db, 'still'), await addProject(db, 'other')]
  await joinNodes(db, 1, 9)
  await call('POST', '/api/projects/still/queue/pause', { reason: 'too many' })
  const [waits = ''] = await enqueue(db, still, 1)
  const goes = await enqueue(db, other, 1)
  expect(await place()).toEqual(goes)
  expect(await reasonOf(waits)).toBe('the queue of project still is paused: too many')
  expect(await call('POST', '/api/projects/still/queue/resume')).toMatchObject({
    status: 200,
    body: { paused: null },
  })
  expect(await place()).toEqual([waits])
})

it('puts one build first, and lets one be last', async () => {
  const { db } = server
  await joinNodes(db, 1, 1)
  const ids = await enqueue(db, 1, 4)
  const [first = '', second = '', , last = ''] = ids
  expect(await call('PATCH', `/api/builds/${last}`, { raised: 1 })).toMatchObject({
    status: 200,
    body: { queue: { position: 1 } },
  })
  await call('PATCH', `/api/builds/${first}`, { raised: -1 })
  const order: string[] = []
  for (let turn = 0; turn < 4; turn += 1) {
    const [placed] = await placeRound(db)
    if (placed === undefined) break
    order.push(placed.buildId)
    await finish(db, placed)
  }
  expect(order).toEqual([last, second, ids[2], first])
  expect(await audited('build.order')).toEqual([
    { action: 'build.order', object: last, detail: { raised: 1 } },
    { action: 'build.order', object: first, detail: { raised: -1 } },
  ])
  expect(await call('PATCH', `/api/builds/${last}`, { raised: 0 })).toMatchObject({
    status: 409,
    body: { code: 'not_waiting' },
  })
})

it('sends a build to the node that an operator names, and holds up no other', async () => {
  const { db } = server
  await joinNodes(db, 3, 1)
  const [busy = ''] = await enqueue(db, 1, 1)
  await call('PATCH', `/api/builds/${busy}`, { node: 'node-00002' })
  const [occupant] = await placeRound(db)
  expect(occupant).toMatchObject({ nodeId: 'node-00002' })
  const [moved = '', ...others] = await enqueue(db, 1, 3)
  expect(await call('PATCH', `/api/builds/${moved}`, { node: 'node-00002' })).toMatchObject({
    status: 200,
  })
  expect(await place()).toEqual(others)
  expect(await reasonOf(moved)).toBe('it is to go to n2, which is full')
  expect(await reasonOf(moved, 'zh')).toBe('指定的节点 n2 已满')
  if (occupant !== undefined) await finish(db, occupant)
  const [placed] = await placeRound(db)
  expect(placed).toMatchObject({ buildId: moved, nodeId: 'node-00002' })
  const { reason } = await db
    .selectFrom('attempts')
    .select('reason')
    .where('build_id', '=', moved)
    .executeTakeFirstOrThrow()
  expect(reason).toBe('n2 is where an operator sends it, with 1 of 1 slots free')
})

it('lets a build that was sent to a full node go anywhere again', async () => {
  const { db } = server
  await joinNodes(db, 2, 1)
  const [first = ''] = await enqueue(db, 1, 1)
  await call('PATCH', `/api/builds/${first}`, { node: 'node-00001' })
  await place()
  const [moved = ''] = await enqueue(db, 1, 1)
  await call('PATCH', `/api/builds/${moved}`, { node: 'node-00001' })
  expect(await place()).toEqual([])
  await call('PATCH', `/api/builds/${moved}`, { node: null })
  expect(await place()).toEqual([moved])
  expect(await call('PATCH', `/api/builds/${moved}`, { node: 'nobody' })).toMatchObject({
    status: 404,
  })
})

it('cancels many by what they have in common, after it has said how many', async () => {
  const { db } = server
  await addProject(db, 'flood')
  const flood = await addProject(db, 'flooding')
  await enqueue(db, flood, 2500)
  const kept = await enqueue(db, 1, 3)
  const filter = { project: 'flooding' }
  expect(await call('POST', '/api/queue/cancel', { filter })).toMatchObject({
    status: 200,
    body: { count: 2500, cancelled: 0 },
  })
  expect(await call('POST', '/api/queue/cancel', { filter, at_most: 2000 })).toMatchObject({
    status: 409,
    body: { code: 'more_than_expected' },
  })
  expect(await call('POST', '/api/queue/cancel', { filter, at_most: 2500 })).toMatchObject({
    status: 202,
    body: { count: 2500, cancelled: 2500 },
  })
  expect(await call('POST', '/api/queue/cancel', { filter })).toMatchObject({ body: { count: 0 } })
  const left = db.selectFrom('builds').select('id').where('waiting_since', 'is not', null)
  expect((await left.orderBy('id').execute()).map(({ id }) => id)).toEqual(kept)
  for (const table of ['outbox', 'audit'] as const) {
    const { count } = await db
      .selectFrom(table)
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('action', '=', table === 'audit' ? 'build.cancel' : 'cancel')
      .executeTakeFirstOrThrow()
    expect(count).toBe(2500)
  }
})

it('cancels those of one user, in all projects or in one', async () => {
  const { db } = server
  const other = await addProject(db, 'of-two')
  const kept = await enqueue(db, other, 3, { user: 'bob' })
  await enqueue(db, other, 4, { user: 'ada' })
  await enqueue(db, 1, 5, { user: 'ada' })
  const cancel = async (filter: object, most?: number) =>
    (await call('POST', '/api/queue/cancel', { filter, ...(most && { at_most: most }) })).body
  expect(await cancel({ user: 'ada' })).toMatchObject({ count: 9 })
  expect(await cancel({ user: 'ada', project: 'of-two' }, 4)).toMatchObject({ cancelled: 4 })
  expect(await cancel({ user: 'ada' }, 5)).toMatchObject({ cancelled: 5 })
  const left = db.selectFrom('builds').select('id').where('waiting_since', 'is not', null)
  expect((await left.orderBy('id').execute()).map(({ id }) => id)).toEqual(kept)
})

it('39: cancels ten thousand of twenty thousand and never places one of them, whoever places at the same time', async () => {
  const { db, databaseUrl } = server
  const crowd = await addProject(db, 'crowd')
  await joinNodes(db, 20, 4)
  await enqueue(db, crowd, 10_000)
  await enqueue(db, 1, 10_000)
  const pools = Array.from({ length: 3 }, () => connect(databaseUrl, 2))
  const rounds = pools.map(async (pool) => {
    for (let turn = 0; turn < 10; turn += 1) {
      for (const one of await placeOnly(pool)) await finish(pool, one)
    }
  })
  const filter = { project: 'crowd' }
  const cancelled = call('POST', '/api/queue/cancel', { filter, at_most: 10_000 })
  await Promise.all([cancelled, ...rounds])
  await Promise.all(pools.map(async (pool) => pool.destroy()))
  expect((await cancelled).status).toBe(202)
  const rows = await db
    .selectFrom('builds')
    .select((select) => select.fn.countAll<number>().as('count'))
    .select([sql<boolean>`attempt > 0`.as('placed')])
    .select([sql<boolean>`cancel_requested_at is not null`.as('cancelled')])
    .where('project_id', '=', crowd)
    .groupBy(['placed', 'cancelled'])
    .execute()
  expect(rows.filter((row) => row.placed === row.cancelled)).toEqual([])
  expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(10_000)
  expect(rows.find((row) => row.cancelled)?.count).toBeGreaterThan(7000)
  // Nor afterwards: what is placed now are others.
  const later = await placeOnly(db)
  const { projects } = await db
    .selectFrom('builds')
    .select((select) => select.fn.agg<number[]>('array_agg', ['project_id']).as('projects'))
    .where('id', 'in', [...later.map(({ buildId }) => buildId), ''])
    .executeTakeFirstOrThrow()
  expect([later.length > 0, projects.includes(crowd)]).toEqual([true, false])
})

it.each([
  ['POST', '/api/queue/pause', { reason: '' }, 'reason'],
  ['POST', '/api/queue/cancel', { filter: {} }, 'filter'],
  ['POST', '/api/queue/cancel', { filter: { colour: 'red' } }, 'filter'],
  ['POST', '/api/queue/cancel', { filter: { name: 'a' }, at_most: 0 }, 'at_most'],
  ['PATCH', '/api/builds/build-1', { raised: 2 }, 'raised'],
] as const)('%s %s %j is refused with its field', async (method, path, body, field) => {
  const answer = await call(method, path, body)
  expect(answer.status).toBe(400)
  const { errors } = answer.body as { errors: readonly { field: string }[] }
  expect(errors[0]?.field).toBe(field)
})
