import { sql } from 'kysely'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { PlacedAttempt } from '../../records/attempts.ts'
import { connect } from '../../records/connect.ts'
import { farmScope } from '../../records/scope.ts'
import { changeFarmShare, changeShare } from '../../records/shares.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { addProject, enqueue, finish, joinNodes, placeRound } from './kit.ts'

let database: TestDatabase
beforeEach(async () => {
  database = await startDatabase()
})
afterEach(async () => database[Symbol.asyncDispose]())

/** Numbers from 0 up to, but not including, 1, the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

interface Arrival {
  readonly at: number
  readonly builds: number
}

/** Waits of a project's builds, in ticks, while every slot of the farm is wanted by another's 50,000. */
async function simulate(arrivals: readonly Arrival[], jobLength: number, ticks: number) {
  const { db } = database
  const [flood, other] = [await addProject(db, 'flood'), await addProject(db, 'other')]
  await joinNodes(db, 4, 2)
  await enqueue(db, flood, 50_000)
  await sql`analyze builds`.execute(db)
  const since = new Map<string, number>()
  const waits: number[] = []
  const ends = new Map<number, PlacedAttempt[]>()
  const random = createRandom(7)
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const one of ends.get(tick) ?? []) await finish(db, one)
    for (const { builds } of arrivals.filter(({ at }) => at === tick)) {
      for (const id of await enqueue(db, other, builds)) since.set(id, tick)
    }
    for (const one of await placeRound(db)) {
      const submitted = since.get(one.buildId)
      if (submitted !== undefined) waits.push(tick - submitted)
      since.delete(one.buildId)
      const end = tick + Math.ceil(jobLength * (0.5 + random() / 2))
      ends.set(end, [...(ends.get(end) ?? []), one])
    }
  }
  for (const [, submitted] of since) waits.push(ticks - submitted)
  return waits.toSorted((a, b) => a - b)
}

it(
  'delays a project by two job lengths at most when another has submitted 50,000 builds',
  { timeout: 300_000 },
  async () => {
    const random = createRandom(3)
    const [jobLength, ticks] = [20, 400]
    // About three of the eight slots' worth, at random times and in handfuls, until two job lengths before the end.
    const arrivals = Array.from({ length: ticks - 2 * jobLength }, (_, at) => ({
      at,
      builds: random() < 0.1 ? 1 + Math.floor(random() * 3) : 0,
    })).filter(({ builds }) => builds > 0)
    const waits = await simulate(arrivals, jobLength, ticks)
    expect(waits.length).toBe(arrivals.reduce((sum, { builds }) => sum + builds, 0))
    expect(waits.length).toBeGreaterThan(40)
    expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThanOrEqual(2 * jobLength)
  },
)

it('places what a user submits before the rest of the 10,000 builds of another of the same project', async () => {
  const { db } = database
  const project = await addProject(db, 'p')
  await joinNodes(db, 1, 2)
  await enqueue(db, project, 10_000, { user: 'flood' })
  await sql`analyze builds`.execute(db)
  const ends: (readonly PlacedAttempt[])[] = [await placeRound(db)]
  const own = await enqueue(db, project, 12, { user: 'other' })
  const order: string[] = []
  // Two places of which one becomes free at a time: from then on every second is the other's.
  for (let turn = 0; order.filter((id) => own.includes(id)).length < own.length; turn += 1) {
    expect(turn).toBeLessThan(40)
    const [first, ...rest] = ends.flat()
    if (first === undefined) throw new Error('two run')
    await finish(db, first)
    const placed = await placeRound(db)
    ends.splice(0, ends.length, rest, placed)
    order.push(...placed.map(({ buildId }) => buildId))
  }
  expect(order.slice(0, 1)).toEqual(own.slice(0, 1))
  expect(order.length).toBeLessThanOrEqual(2 * own.length)
})

it('never passes a cap, whoever places at the same time', async () => {
  const { db, url } = database
  const [capped, free] = [await addProject(db, 'capped'), await addProject(db, 'free')]
  await joinNodes(db, 5, 4)
  await enqueue(db, capped, 400)
  for (const user of ['ada', 'bob']) await enqueue(db, free, 200, { user })
  await changeShare(farmScope(db, 'api'), { id: capped, name: 'capped' }, { max_running: 3 })
  await changeFarmShare(farmScope(db, 'api'), { max_running: 12, max_running_per_user: 5 })
  await sql`create function look() returns trigger language plpgsql as $$ begin
    if (select count(*) from attempts where finished_at is null) > 12 then raise 'the farm'; end if;
    if (select count(*) from attempts where finished_at is null and charged_to = ${sql.lit(capped)}) > 3 then raise 'the project'; end if;
    if exists (select from attempts where finished_at is null group by node_id having count(*) > 4) then raise 'a node'; end if;
    if exists (select from attempts where finished_at is null and charged_user <> '' group by charged_user having count(*) > 5) then raise 'a user'; end if;
    return null; end $$`.execute(db)
  await sql`create trigger look after insert on attempts execute function look()`.execute(db)
  const pools = Array.from({ length: 6 }, () => connect(url, 2))
  const byProject = new Map<number, number>()
  const work = pools.map(async (pool) => {
    for (let turn = 0; turn < 15; turn += 1) {
      const placed = await placeRound(pool)
      for (const one of placed) {
        const build = db.selectFrom('builds').select('project_id').where('id', '=', one.buildId)
        const { project_id: id } = await build.executeTakeFirstOrThrow()
        byProject.set(id, (byProject.get(id) ?? 0) + 1)
        await finish(pool, one)
      }
    }
  })
  await Promise.all(work)
  await Promise.all(pools.map(async (pool) => pool.destroy()))
  expect(byProject.get(capped)).toBeGreaterThan(10)
  expect(byProject.get(free)).toBeGreaterThan(10)
  const twice = await sql`select 1 from attempts group by build_id having count(*) > 1`.execute(db)
  expect(twice.rows).toEqual([])
})

it('tells those at the cap why they wait, once for all of them, and goes on when it is lifted', async () => {
  const { db } = database
  const project = await addProject(db, 'p')
  await joinNodes(db, 1, 8)
  await enqueue(db, project, 1000)
  await changeShare(farmScope(db, 'api'), { id: project, name: 'p' }, { max_running: 4 })
  expect(await placeRound(db)).toHaveLength(4)
  const told = await db.selectFrom('lane_reasons').select('reason').execute()
  expect(told).toEqual([{ reason: { code: 'project_cap', project: 'p', running: 4, max: 4 } }])
  await changeShare(farmScope(db, 'api'), { id: project, name: 'p' }, { max_running: null })
  expect(await placeRound(db)).toHaveLength(4)
  const rows = await db
    .selectFrom('audit')
    .select(['object', 'detail'])
    .where('action', '=', 'project.queue')
    .orderBy('seq')
    .execute()
  expect(rows).toEqual([
    { object: 'p', detail: { max_running: 4 } },
    { object: 'p', detail: { max_running: null } },
  ])
})

it('lets scheduled builds wait for those that somebody waits for, but an hour at most', async () => {
  const { db } = database
  const [nightly, people] = [await addProject(db, 'nightly'), await addProject(db, 'people')]
  await joinNodes(db, 1, 2)
  const scheduled = await enqueue(db, nightly, 3, { priority: 'scheduled' })
  const wanted = await enqueue(db, people, 5)
  const round = async () => {
    const placed = await placeRound(db)
    await Promise.all(placed.map(async (one) => finish(db, one)))
    return placed.map(({ buildId }) => buildId)
  }
  expect(await round()).toEqual(wanted.slice(0, 2))
  await sql`update builds set waiting_since = now() - interval '61 minutes'
    where id = ${scheduled[0]}`.execute(db)
  expect(await round()).toEqual([scheduled[0], wanted[2]])
  expect(await round()).toEqual(wanted.slice(3))
  expect(await round()).toEqual(scheduled.slice(1))
})
