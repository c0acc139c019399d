import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Db, Pool } from '../../records/connect.ts'
import { createFence, type Fence } from '../../records/fence.ts'
import { createProject } from '../../records/projects.ts'
import { farmScope } from '../../records/scope.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { makeThings, type Things } from './things.ts'

let database: TestDatabase
let fence: Fence
let mine: Pool
let theirs: Pool
let own: Things
let hidden: Things
const ids: number[] = []
beforeAll(async () => {
  database = await startDatabase()
  const scope = farmScope(database.db, 'test')
  for (const name of ['team-a', 'team-b']) {
    const project = await createProject(scope, name)
    if (project !== undefined) ids.push(project.id)
  }
  hidden = await makeThings(database.db, 'team-a')
  own = await makeThings(database.db, 'team-b')
  // Few connections, so that each is lent to both.
  fence = createFence(database.url, 2)
  const [first = 0, second = 0] = ids
  theirs = fence.for([first])
  mine = fence.for([second])
})
afterAll(async () => {
  await fence[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

/** Tables with what tells whose their rows are. */
async function ownedTables() {
  const columns = ['project_id', 'build_id', 'image_id', 'version_id']
  const { rows } = await sql<{ name: string; fenced: boolean; granted: boolean }>`
    select distinct relname as name, relrowsecurity as fenced,
      has_table_privilege('kiln_request', pg_class.oid, 'select') as granted
    from pg_class join pg_attribute on attrelid = pg_class.oid
    where relkind = 'r' and relnamespace = 'public'::regnamespace
      and attname = any(${columns}) and not attisdropped order by name`.execute(database.db)
  return rows
}

const readAll = async (db: Pool, table: string) =>
  JSON.stringify((await sql`select * from ${sql.table(table)}`.execute(db)).rows)

describe('a query that forgot its scope', () => {
  it('finds in no table what is another project’s', async () => {
    const tables = (await ownedTables()).filter(({ granted }) => granted)
    expect(tables.length).toBeGreaterThan(20)
    for (const { name } of tables) {
      const text = await readAll(mine, name)
      expect(hidden.canaries.filter((one) => text.includes(one))).toEqual([])
    }
    expect(await readAll(mine, 'builds')).toContain(own.build)
    expect(await readAll(mine, 'versions')).toContain(`"image_id":${own.image}`)
    expect(await readAll(mine, 'versions')).not.toContain(`"image_id":${hidden.image}`)
    expect(await readAll(mine, 'projects')).not.toContain('team-a')
  })

  it('finds in it what is public or shared', async () => {
    const seen = async () => (await readAll(mine, 'images')).includes(`"id":${hidden.image},`)
    const show = async (visibility: 'public' | 'project' | 'private') =>
      database.db.updateTable('images').set({ visibility }).where('id', '=', hidden.image).execute()
    await show('public')
    expect(await seen()).toBe(true)
    expect(await readAll(mine, 'versions')).toContain(`"image_id":${hidden.image}`)
    expect(await readAll(mine, 'builds')).not.toContain(hidden.build)
    await show('project')
    expect(await seen()).toBe(false)
    await database.db
      .insertInto('image_shares')
      .values({ image_id: hidden.image, project_id: ids[1] ?? 0 })
      .execute()
    expect(await seen()).toBe(true)
    await show('private')
    expect(await seen()).toBe(false)
  })

  it('writes nothing, and reads nothing that lets somebody in', async () => {
    const [, id = 0] = ids
    await expect(
      mine.updateTable('builds').set({ name: 'x' }).where('project_id', '=', id).execute(),
    ).rejects.toThrow('permission denied')
    for (const table of ['api_tokens', 'farm_keys', 'node_credentials', 'project_keys']) {
      await expect(readAll(mine, table)).rejects.toThrow('permission denied')
    }
    const used = await mine
      .updateTable('logs')
      .set({ used_at: new Date() })
      .where('build_id', '=', hidden.build)
      .executeTakeFirst()
    expect(used.numUpdatedRows).toBe(0n)
  })
})

it('connections are told anew whose they are, also after a transaction failed', async () => {
  const names = async (db: Db) => {
    // All see the project of the official images, which are public.
    const rows = await db
      .selectFrom('projects')
      .select('name')
      .where('name', '<>', 'default')
      .orderBy('name')
      .execute()
    return rows.map(({ name }) => name)
  }
  for (let n = 0; n < 5; n += 1) {
    const answers = await Promise.all([theirs, mine, theirs, mine].map(names))
    expect(answers).toEqual([['team-a'], ['team-b'], ['team-a'], ['team-b']])
    const broken = theirs.transaction().execute(async (db) => {
      expect(await names(db)).toEqual(['team-a'])
      await sql`select 1 / 0`.execute(db)
    })
    await expect(broken).rejects.toThrow('division by zero')
  }
  const nobodys = fence.for([])
  expect(await names(nobodys)).toEqual([])
  expect(await names(database.db)).toEqual(['team-a', 'team-b'])
})

it('every table whose rows belong to somebody is fenced off or closed to requests', async () => {
  const open = (await ownedTables()).filter(({ fenced, granted }) => granted && !fenced)
  expect(open.map(({ name }) => name)).toEqual([])
})
