import { Kysely, PostgresDialect, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrations } from '../migrations/index.ts'
import { migrateUp } from '../migrations/migrate.ts'
import { startDatabase, type TestDatabase } from './database.ts'
import { startServerAlone } from './server-alone.ts'

/** Since the migration after this one two versions run side by side. */
const old = '0055-build-packages'
/** The second half of a change: it takes away what the version before does not know any more. */
const second = new Set(['0093-drop-waiting-reason'])

interface Column {
  readonly at: string
  readonly type: string
  readonly nullable: boolean
  /** Whether a row that says nothing of it gets a value. */
  readonly filled: boolean
}

let database: TestDatabase
let db: Kysely<unknown>
let migrator: Migrator
beforeAll(async () => {
  database = await startDatabase()
  const pool = new Pool({ connectionString: database.url, max: 1 })
  db = new Kysely({ dialect: new PostgresDialect({ pool }) })
  migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } })
  await sql`drop schema public cascade`.execute(db)
  await sql`create schema public`.execute(db)
  await migrateTo(old)
})
afterAll(async () => {
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

async function migrateTo(name: string): Promise<void> {
  const { error } = await migrator.migrateTo(name)
  if (error !== undefined) throw error
}

async function readColumns(): Promise<ReadonlyMap<string, Column>> {
  const { rows } = await sql<Column>`
    select table_name || '.' || column_name as at, udt_name as type, is_nullable = 'YES' as nullable,
      column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as filled
    from information_schema.columns where table_schema = 'public'`.execute(db)
  return new Map(rows.map((row) => [row.at, row]))
}

/** What refuses rows: each with the columns that it is about. */
async function readLimits(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { rows } = await sql<{ name: string; columns: readonly string[] }>`
    select conrelid::regclass || '.' || conname as name, array(
      select conrelid::regclass || '.' || attname from pg_attribute
      where attrelid = conrelid and attnum = any(conkey)) as columns
    from pg_constraint where connamespace = 'public'::regnamespace and contype in ('c', 'f', 'u', 'p', 'x')
    union all
    select indrelid::regclass || '.' || indexrelid::regclass, array(
      select indrelid::regclass || '.' || attname from pg_attribute
      where attrelid = indrelid and attnum = any(indkey))
    from pg_index join pg_class on pg_class.oid = indrelid
    where indisunique and relnamespace = 'public'::regnamespace`.execute(db)
  return new Map(rows.map(({ name, columns }) => [name, columns]))
}

const tableOf = (at: string) => at.slice(0, at.indexOf('.'))

/** A build that waits and an image that was published, as the version before writes them. */
async function writeAsBefore(name: string): Promise<void> {
  for (const [id, status] of [
    [`build-${name}-waits`, 'queued'],
    [`build-${name}-done`, 'succeeded'],
  ])
    await sql`insert into builds (id, project_id, name, repository, tag, description, dockerfile, status, stage)
      select ${id}, id, ${name}, ${`kiln/${name}`}, '1', '', 'FROM scratch', ${status}, ${status}
      from projects where name = 'default'`.execute(db)
  await sql`with image as (
      insert into images (name, category, registry, repository, tag, size, visibility, project_id)
      select ${name}, 'custom', '127.0.0.1:1', ${`kiln/${name}`}, '1', 1, 'project', id
      from projects where name = 'default' returning id)
    insert into versions (image_id, number, build_id, digest, size)
    select id, 1, ${`build-${name}-done`}, ${`sha256:${'a'.repeat(64)}`}, 1 from image`.execute(db)
}

describe('an upgrade', () => {
  it('keeps what there is, and takes nothing from the version before at any step', async () => {
    await writeAsBefore('before')
    const names = Object.keys(migrations).toSorted()
    const later = names.slice(names.indexOf(old) + 1)
    expect(later.length).toBeGreaterThan(5)
    for (const name of later) {
      const [columns, limits] = [await readColumns(), await readLimits()]
      const tables = new Set([...columns.keys()].map(tableOf))
      await migrateTo(name)
      const [now, nowLimits] = [await readColumns(), await readLimits()]
      const gone = [...columns.values()].filter(({ at, type, nullable, filled }) => {
        const left = now.get(at)
        const isStricter = nullable && left?.nullable === false
        return left?.type !== type || isStricter || (filled && !left.filled && !left.nullable)
      })
      expect([name, second.has(name) ? [] : gone]).toEqual([name, []])
      const added = [...now.values()].filter(
        ({ at }) => tables.has(tableOf(at)) && !columns.has(at),
      )
      const demanded = added.filter(({ nullable, filled }) => !nullable && !filled)
      expect([name, demanded]).toEqual([name, []])
      const isNew = new Set(added.map(({ at }) => at))
      const stricter = [...nowLimits].filter(
        ([limit, about]) =>
          tables.has(tableOf(limit)) && !limits.has(limit) && !about.some((at) => isNew.has(at)),
      )
      expect([name, stricter]).toEqual([name, []])
    }
  })

  it('lets the version before go on writing, and the new one serve what both have written', async () => {
    await writeAsBefore('after')
    await migrateUp(database.url)
    await using server = await startServerAlone({
      KILN_DATABASE_URL: database.url,
      KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    })
    const read = async (path: string): Promise<unknown> =>
      (await fetch(new URL(path, server.url))).json()
    for (const name of ['before', 'after']) {
      expect(await read(`/api/builds/build-${name}-waits`)).toMatchObject({ status: 'queued' })
      const { images } = (await read(`/api/images?name=${name}`)) as {
        images: readonly { id: number }[]
      }
      expect(await read(`/api/images/${images[0]?.id}/versions`)).toMatchObject({
        versions: [{ number: 1, build_id: `build-${name}-done` }],
      })
    }
    const submitted = await fetch(new URL('/api/images/build', server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'new:1', dockerfile: 'FROM scratch\nCOPY a /\n' }),
    })
    expect(submitted.status).toBe(202)
  })

  it('applies one that lands after others with later numbers', async () => {
    await sql`drop schema public cascade`.execute(db)
    await sql`create schema public`.execute(db)
    const [last = '', late = ''] = Object.keys(migrations).toSorted().toReversed()
    const { [late]: _, ...others } = migrations
    const provider = { getMigrations: async () => others }
    const { error } = await new Migrator({ db, provider }).migrateTo(last)
    expect(error).toBeUndefined()
    expect(await migrateUp(database.url)).toEqual([late])
  })
})
