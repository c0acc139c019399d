import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Call, callsWith, createTenants } from '../access/tenants.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { clearQueue, enqueue, joinNodes, placeRound } from './kit.ts'

let server: ServerAlone
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
})
afterAll(async () => server[Symbol.asyncDispose]())

const ask: Call = async (method, path, body) => callsWith(server.url)(method, path, body)

it('shows and changes what runs at once, of the farm and of a project', async () => {
  expect(await ask('GET', '/api/queue')).toMatchObject({
    status: 200,
    body: { max_running: null, max_running_per_user: null, running: 0 },
  })
  expect(await ask('PATCH', '/api/queue', { max_running: 50 })).toMatchObject({
    status: 200,
    body: { max_running: 50 },
  })
  expect(await ask('PATCH', '/api/queue', { max_running_per_user: 9 })).toMatchObject({
    body: { max_running: 50, max_running_per_user: 9 },
  })
  const path = '/api/projects/default/queue'
  expect(await ask('GET', path)).toMatchObject({
    body: { weight: 1, max_running: null, max_running_per_user: null },
  })
  expect(await ask('PATCH', path, { max_running_per_user: 1 })).toMatchObject({
    body: { weight: 1, max_running_per_user: 1 },
  })
  await ask('PATCH', path, { weight: 3 })
  expect(await ask('PATCH', path, { max_running: 2 })).toMatchObject({
    status: 200,
    body: { weight: 3, max_running: 2, running: 0 },
  })
  const rows = await server.db
    .selectFrom('audit')
    .select(['action', 'object', 'detail'])
    .where('action', 'in', ['queue.change', 'project.queue'])
    .orderBy('seq')
    .execute()
  expect(rows).toEqual([
    { action: 'queue.change', object: 'farm', detail: { max_running: 50 } },
    { action: 'queue.change', object: 'farm', detail: { max_running_per_user: 9 } },
    { action: 'project.queue', object: 'default', detail: { max_running_per_user: 1 } },
    { action: 'project.queue', object: 'default', detail: { weight: 3 } },
    { action: 'project.queue', object: 'default', detail: { max_running: 2 } },
  ])
})

it.each([
  ['/api/queue', { max_running: 0 }, 'max_running'],
  ['/api/queue', { weight: 1, max_running: 1 }, ''],
  ['/api/queue', { max_running_per_user: 0 }, 'max_running_per_user'],
  ['/api/queue', {}, ''],
  ['/api/projects/default/queue', { weight: 0 }, 'weight'],
  ['/api/projects/default/queue', { weight: 1.5 }, 'weight'],
  ['/api/projects/default/queue', { max_running: '4' }, 'max_running'],
])('refuses %s %j and names the field', async (path, body, field) => {
  const { status, body: problem } = await ask('PATCH', path, body)
  expect(status).toBe(400)
  expect(problem).toMatchObject({ code: 'invalid_request', errors: [{ field }] })
})

it('knows no queue of a project that is not there', async () => {
  expect(await ask('GET', '/api/projects/nobody/queue')).toMatchObject({ status: 404 })
  expect(await ask('PATCH', '/api/projects/nobody/queue', { weight: 2 })).toMatchObject({
    status: 404,
  })
})

it('lets members see what their project has, and operators alone decide about it', async () => {
  const tenants = createTenants(server)
  await tenants.project('team')
  await tenants.user('someone')
  await tenants.member('team', 'someone', 'admin')
  const call = callsWith(server.url, (await tenants.token({ user: 'someone' })).token)
  const path = '/api/projects/team/queue'
  expect(await call('GET', path)).toMatchObject({ status: 200, body: { weight: 1 } })
  expect((await call('PATCH', path, { weight: 9 })).status).toBe(403)
  expect((await call('PATCH', '/api/queue', { max_running: 9 })).status).toBe(403)
  expect((await call('GET', '/api/projects/default/queue')).status).toBe(404)
})

it('lets admins of a project give its users weights, which its members see', async () => {
  const tenants = createTenants(server)
  await tenants.project('weighing')
  for (const user of ['weigher', 'weighed']) await tenants.user(user)
  await tenants.member('weighing', 'weigher', 'admin')
  await tenants.member('weighing', 'weighed', 'builder')
  const as = async (user: string) =>
    callsWith(server.url, (await tenants.token({ user, scopes: ['admin'] })).token)
  const [admin, builder] = [await as('weigher'), await as('weighed')]
  const path = '/api/projects/weighing/queue'
  expect(await admin('PATCH', `${path}/users/weighed`, { weight: 4 })).toMatchObject({
    status: 200,
    body: { weight: 1, user_weights: [{ user: 'weighed', weight: 4 }] },
  })
  expect((await builder('GET', path)).body).toMatchObject({
    user_weights: [{ user: 'weighed', weight: 4 }],
  })
  expect((await builder('PATCH', `${path}/users/weighed`, { weight: 9 })).status).toBe(403)
  expect(await admin('PATCH', `${path}/users/nobody`, { weight: 2 })).toMatchObject({
    status: 422,
    body: { code: 'user_unknown', errors: [{ field: 'user' }] },
  })
  expect((await admin('PATCH', `${path}/users/weighed`, { weight: 0 })).status).toBe(400)
  expect((await admin('PATCH', `${path}/users/weighed`, { weight: 1 })).body).toMatchObject({
    user_weights: [],
  })
  const rows = server.db.selectFrom('audit').select(['object', 'detail'])
  expect(await rows.where('action', '=', 'project.user_weight').orderBy('seq').execute()).toEqual([
    { object: 'weighing', detail: { user: 'weighed', weight: 4 } },
    { object: 'weighing', detail: { user: 'weighed', weight: 1 } },
  ])
})

it('tells each build at the cap why it waits, in both languages', async () => {
  await joinNodes(server.db, 1, 8)
  const ids = await enqueue(server.db, 1, 9)
  const placed = await placeRound(server.db)
  expect(placed.map(({ buildId }) => buildId)).toEqual(ids.slice(0, 2))
  const last = ids.at(-1)
  expect((await ask('GET', `/api/builds/${last}`)).body).toMatchObject({
    stage: 'waiting',
    waiting_reason: 'project default has 2 of 2 builds running',
  })
  expect((await ask('GET', `/api/builds/${last}?lang=zh`)).body).toMatchObject({
    waiting_reason: '项目 default 正在运行 2 个构建，上限为 2 个',
  })
  expect((await ask('GET', `/api/builds/${ids[0]}`)).body).toMatchObject({ waiting_reason: null })
})

it('tells each build of a user at the cap why it waits, and takes those of others', async () => {
  await clearQueue(server.db)
  await joinNodes(server.db, 1, 8)
  const path = '/api/projects/default/queue'
  await ask('PATCH', path, { max_running: null, max_running_per_user: 1 })
  const tenants = createTenants(server)
  await tenants.user('ada')
  await tenants.member('default', 'ada', 'builder')
  const call = callsWith(server.url, (await tenants.token({ user: 'ada' })).token)
  const [first = ''] = await enqueue(server.db, 1, 1, { user: 'ada' })
  const [own = '', last = ''] = await enqueue(server.db, 1, 2, { user: 'ada' })
  const [other] = await enqueue(server.db, 1, 1, { user: 'bob' })
  const placed = await placeRound(server.db)
  const ids = placed.map(({ buildId }) => buildId)
  expect(ids).toEqual(expect.arrayContaining([first, other]))
  expect(ids).not.toEqual(expect.arrayContaining([own]))
  expect((await call('GET', `/api/builds/${last}`)).body).toMatchObject({
    waiting_reason: 'ada has 1 of 1 builds running in project default',
  })
  expect((await call('GET', `/api/builds/${last}?lang=zh`)).body).toMatchObject({
    waiting_reason: '用户 ada 在项目 default 中正在运行 1 个构建，上限为 1 个',
  })
  await ask('PATCH', path, { max_running_per_user: null })
  await ask('PATCH', '/api/queue', { max_running_per_user: 2 })
  expect((await placeRound(server.db)).map(({ buildId }) => buildId)).toEqual([own])
  expect((await call('GET', `/api/builds/${last}`)).body).toMatchObject({
    waiting_reason: 'ada has 2 of 2 builds running',
  })
})
