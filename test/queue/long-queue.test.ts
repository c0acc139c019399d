import { type CompiledQuery, Kysely, PostgresDialect, sql } from 'kysely'
import { Pool as Connections } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildOptions } from '#contract/wire/build-options.ts'
import { acceptBuilds } from '../../records/accept-builds.ts'
import type { Pool } from '../../records/connect.ts'
import type { Database } from '../../records/schema.ts'
import { farmScope } from '../../records/scope.ts'
import { foretell } from '../../server/queue/foretell.ts'
import { readPage } from '../../server/queue/read-page.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { addProject, enqueue, finish, joinNodes, placeRound } from './kit.ts'

/** 100,000 builds wait, of twenty projects, a tenth of them for a platform that no node builds for. */
let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase(1)
  const { db } = database
  await joinNodes(db, 1000, 1)
  for (let n = 0; n < 20; n += 1) {
    const project = await addProject(db, `project-${n}`)
    await enqueue(db, project, 500, { options: { platform: 'linux/s390x' } })
    await enqueue(db, project, 500, { priority: 'scheduled' })
    await enqueue(db, project, 4000)
  }
  await sql`analyze`.execute(db)
})
afterAll(async () => database[Symbol.asyncDispose]())

/** How much of the queue statements have read so far. */
async function readWork(db: Pool) {
  await sql`select pg_stat_force_next_flush()`.execute(db)
  const { rows } = await sql<{ readonly whole: number; readonly single: number }>`
    select seq_tup_read::int as whole, idx_tup_fetch::int as single
    from pg_stat_user_tables where relname = 'builds'`.execute(db)
  return rows[0] ?? { whole: 0, single: 0 }
}

/** How many rows and entries of builds and images have been read so far, in whatever way. */
async function readAll(db: Pool): Promise<number> {
  await sql`select pg_stat_force_next_flush()`.execute(db)
  const { rows } = await sql<{ readonly read: number }>`
    select sum(seq_tup_read + coalesce((select sum(idx_tup_read) from pg_stat_user_indexes as one
      where one.relid = tables.relid), 0))::int as read
    from pg_stat_user_tables as tables where relname in ('builds', 'images')`.execute(db)
  return rows[0]?.read ?? 0
}

let submitted = 0

function named(repository: string) {
  submitted += 1
  const id = `build-submitted-${submitted}`
  const image = { name: `${repository}:latest`, repository, tag: 'latest', description: '' }
  const content = { baseImage: null, dockerfile: 'FROM scratch', context: null }
  const options = buildOptions.parse({})
  return { id, ...image, ...content, sources: { named: {} }, options, secrets: [], actor: 'api' }
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly Plans?: readonly PlanNode[]
}

const flatten = (node: PlanNode): readonly PlanNode[] => [
  node,
  ...(node.Plans ?? []).flatMap(flatten),
]

it('reads no more of the queue than the heads of its lanes and what it places', async () => {
  const { db } = database
  await placeRound(db)
  const before = await readWork(db)
  const placed = await placeRound(db)
  const after = await readWork(db)
  // Half of what was read: what is scheduled waits for the others, of whom more come.
  expect(placed).toHaveLength(100)
  expect(after.whole - before.whole).toBe(0)
  expect(after.single - before.single).toBeGreaterThanOrEqual(200)
  expect(after.single - before.single).toBeLessThan(1500)
})

it('lists the queue, and tells of one build in it, without reading it whole', async () => {
  const { db } = database
  const scope = farmScope(db, 'api')
  const before = await readWork(db)
  const { builds, next } = await readPage(scope, { limit: 50 })
  expect(builds).toHaveLength(50)
  expect((await readPage(scope, { limit: 50, after: next })).builds).toHaveLength(50)
  const wait = await foretell(db, builds[40]?.id ?? '')
  expect(wait).toMatchObject({ position: 41 })
  const after = await readWork(db)
  expect(after.whole - before.whole).toBe(0)
  expect(after.single - before.single).toBeLessThan(10_000)
})

it('accepts builds without reading the queue or the library', async () => {
  const { db } = database
  const project = await addProject(db, 'another')
  await sql`
    insert into images (name, repository, tag, description, category, size, visibility, project_id)
    select 'kept/' || n, 'kept/' || n, 'latest', '', 'custom', 1, 'private', ${project}
    from generate_series(1, 5000) as n`.execute(db)
  const submit = async (names: readonly string[]) =>
    acceptBuilds(
      db,
      names.map((name) => ({ ...named(name), projectId: project })),
    )
  await submit(['first'])
  const before = await readAll(db)
  const names = Array.from({ length: 500 }, (_, n) => `new/${n}`)
  const answers = await submit([...names, 'kept/1', 'new/0'])
  expect(new Set(answers.slice(0, -1))).toEqual(new Set(['accepted']))
  expect(answers.at(-1)).toBe('in_flight')
  expect((await readAll(db)) - before).toBeLessThan(4000)
})

it('plans no statement of a round by a scan of the queue, full or not', async () => {
  const { db, url } = database
  const statements: CompiledQuery[] = []
  const pool = new Connections({ connectionString: url, max: 1 })
  const watched = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push(query),
  })
  const placed = await placeRound(watched)
  for (let rounds = 0; rounds < 6; rounds += 1) await placeRound(watched)
  await Promise.all(placed.slice(0, 3).map(async (one) => finish(watched, one)))
  await placeRound(watched)
  const plans = new Map<string, readonly PlanNode[]>()
  for (const query of statements.filter((one) => /^\s*(select|with|insert|update)/.test(one.sql))) {
    const explain = { ...query, sql: `explain (format json) ${query.sql}` }
    const { rows } = await watched.executeQuery<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(explain)
    const [{ Plan: plan } = { Plan: undefined }] = rows[0]?.['QUERY PLAN'] ?? []
    if (plan !== undefined) plans.set(query.sql, flatten(plan))
  }
  await watched.destroy()
  const touching = [...plans].filter(([, nodes]) =>
    nodes.some((node) => node['Relation Name'] === 'builds'),
  )
  expect(touching.length).toBeGreaterThanOrEqual(3)
  const scans = touching.filter(([, nodes]) =>
    nodes.some(
      (node) => node['Relation Name'] === 'builds' && /Seq|Bitmap/.test(node['Node Type']),
    ),
  )
  expect(scans).toEqual([])
  const waiting = await db
    .selectFrom('builds')
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('waiting_since', 'is not', null)
    .executeTakeFirstOrThrow()
  expect(waiting.count).toBeGreaterThan(98_500)
})
