import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { changeShare, changeUserWeight } from '../../records/shares.ts'
import { farmScope } from '../../records/scope.ts'
import { predictStarts } from '../../server/queue/predict-starts.ts'
import { type Call, callsWith, createTenants } from '../access/tenants.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { addProject, clearQueue, enqueue, finish, joinNodes, placeRound } from './kit.ts'

let server: ServerAlone
let call: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  call = callsWith(server.url)
})
beforeEach(async () => clearQueue(server.db))
afterAll(async () => server[Symbol.asyncDispose]())

interface Listed {
  readonly id: string
  readonly position: number
  readonly project: string
  readonly user: string | null
  readonly priority: string
  readonly reason: string | null
  readonly start: { readonly text: string; readonly of: number } | null
}

interface QueuePage {
  readonly builds: readonly Listed[]
  readonly next_cursor?: string
}

async function readAll(limit: number, ask = call): Promise<readonly Listed[]> {
  const builds: Listed[] = []
  let cursor = ''
  for (let pages = 0; pages < 100; pages += 1) {
    const { body } = await ask('GET', `/api/queue?limit=${limit}${cursor}`)
    const page = body as QueuePage
    builds.push(...page.builds)
    if (page.next_cursor === undefined) return builds
    cursor = `&cursor=${page.next_cursor}`
  }
  throw new Error('the pages do not end')
}

const queueOf = async (id: string, language = 'en') =>
  ((await call('GET', `/api/builds/${id}?lang=${language}`)).body as { queue: Listed | null }).queue

/** Builds of a project that have kept a node for so long each. */
async function addHistory(project: number, count: number, minutes: number): Promise<void> {
  const ids = await enqueue(server.db, project, count)
  await sql`insert into attempts (build_id, number, node_id, incarnation, reason, placed_at, started_at, finished_at)
    select id, 1, 'node-0', gen_random_uuid(), '', now() - ${minutes} * interval '1 minute', now(), now()
    from unnest(${ids}::text[]) as id`.execute(server.db)
  await sql`update builds set waiting_since = null, status = 'succeeded', stage = 'succeeded'
    where id = any(${ids})`.execute(server.db)
}

it('lists what waits in the order in which it then goes, in pages, each with its position', async () => {
  const { db } = server
  const [one, two, three] = [
    await addProject(db, 'one'),
    await addProject(db, 'two'),
    await addProject(db, 'three'),
  ]
  await changeShare(farmScope(db, 'api'), { id: two, name: 'two' }, { weight: 3 })
  const bob = { user: 'bob', weight: 3 }
  await changeUserWeight(farmScope(db, 'api'), { id: one, name: 'one' }, bob)
  await enqueue(db, one, 16, { user: 'ada' })
  await enqueue(db, one, 9, { user: 'bob' })
  await enqueue(db, one, 13)
  await enqueue(db, one, 2, { user: 'bob', options: { platform: 'linux/amd64' } })
  await enqueue(db, three, 7, { priority: 'scheduled' })
  await enqueue(db, two, 30, { options: { platform: 'linux/amd64' } })
  await enqueue(db, two, 20)
  await enqueue(db, three, 5)
  const listed = await readAll(9)
  expect(new Set(listed.map(({ id }) => id)).size).toBe(102)
  expect(await readAll(200)).toEqual(listed)
  for (const priority of ['interactive', 'scheduled']) {
    const positions = listed.filter((build) => build.priority === priority)
    expect(positions.map(({ position }) => position)).toEqual(positions.map((_, at) => at + 1))
  }
  for (const at of [0, 10, 50, 94, 95, 101]) {
    const { id = '', position } = listed[at] ?? {}
    expect(await queueOf(id)).toMatchObject({ position })
  }
  await joinNodes(db, 2, 100)
  const placed = await placeRound(db)
  expect(placed.map(({ buildId }) => buildId)).toEqual(listed.map(({ id }) => id))
  const users = listed.filter(({ project }) => project === 'one').map(({ user }) => user)
  expect(users.slice(0, 6)).toEqual([null, 'ada', 'bob', 'bob', 'bob', null])
  expect(await readAll(50)).toEqual([])
  expect(await queueOf(listed[0]?.id ?? '')).toBeNull()
})

it('shows members the builds of their own projects, with their place among all', async () => {
  const { db } = server
  const tenants = createTenants(server)
  await tenants.project('ours')
  await tenants.user('member')
  await tenants.member('ours', 'member', 'viewer')
  const { id } = await db
    .selectFrom('projects')
    .select('id')
    .where('name', '=', 'ours')
    .executeTakeFirstOrThrow()
  await enqueue(db, await addProject(db, 'theirs'), 20)
  await enqueue(db, id, 3)
  const member = callsWith(server.url, (await tenants.token({ user: 'member' })).token)
  const listed = await readAll(2, member)
  expect(listed.map(({ project }) => project)).toEqual(['ours', 'ours', 'ours'])
  const places = (await readAll(50)).filter(({ project }) => project === 'ours')
  expect(listed.map(({ position }) => position)).toEqual(places.map(({ position }) => position))
  expect(places[0]?.position).toBeGreaterThan(0)
})

it('refuses a cursor that is none, and names it', async () => {
  for (const cursor of ['x', '0_0_1_1', '2_0_1_1_1', '0_0_1e_1_1']) {
    expect(await call('GET', `/api/queue?cursor=${cursor}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ field: 'cursor' }] },
    })
  }
})

it('says when a build is likely to start, by what builds of its kind have taken, and keeps what it said', async () => {
  const { db } = server
  const project = await addProject(db, 'p')
  await joinNodes(db, 1, 4)
  await addHistory(project, 20, 8)
  await enqueue(db, project, 4)
  await placeRound(db)
  const [first = '', , third = ''] = await enqueue(db, project, 3)
  await placeRound(db)
  // Eight minutes each, four at once: two minutes for each that goes, from half to twice of that.
  expect(await queueOf(first)).toMatchObject({
    position: 1,
    start: { from_ms: 60_000, to_ms: 240_000, right: 0, of: 0, text: 'in 1 to 4 min' },
  })
  expect(await queueOf(third, 'zh')).toMatchObject({
    position: 3,
    start: { text: '3 到 12 分钟后' },
  })
  await predictStarts({ db })
  const rows = await db.selectFrom('start_predictions').selectAll().orderBy('build_id').execute()
  expect(rows.map(({ build_id: id, waited_ms: waited }) => [id, waited])).toEqual(
    [first, expect.anything(), third].map((id) => [id, null]),
  )
})

it('tells how often it was right before, and takes its range from how far it was off', async () => {
  const { db } = server
  const project = await addProject(db, 'q')
  await joinNodes(db, 1, 4)
  await addHistory(project, 20, 8)
  const running = [...(await (async () => (await enqueue(db, project, 4), placeRound(db)))())]
  const later = await enqueue(db, project, 12)
  await predictStarts({ db })
  // The first nine wait as long as was expected, the others three times that.
  for (const [at, id] of later.entries()) {
    const late = at < 9 ? 1 : 3
    await sql`update start_predictions set made_at = clock_timestamp() - ${late} * expected_ms * interval '1 millisecond'
      where build_id = ${id}`.execute(db)
    const [oldest] = running.splice(0, 1)
    if (oldest !== undefined) await finish(db, oldest)
    await sql`update attempts set placed_at = finished_at - interval '8 minutes' where finished_at is not null`.execute(
      db,
    )
    const placed = await placeRound(db)
    expect(placed.map(({ buildId }) => buildId)).toEqual([id])
    running.push(...placed)
  }
  const [last = ''] = await enqueue(db, project, 1)
  const queue = await queueOf(last)
  expect(queue).toMatchObject({ position: 1, start: { of: 10 } })
  expect(queue?.start?.text).toMatch(/^in \d+ to \d+ min; right 7 of the last 10 times$/)
})
