import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect, type Pool } from '../records/connect.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let db: Pool
beforeAll(async () => {
  database = await startDatabase()
  db = connect(database.url, 1)
  await sql`create table things (id int primary key)`.execute(db)
  await sql`insert into things values (1)`.execute(db)
})
afterAll(async () => {
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

const find = async (on: Pick<Pool, 'getExecutor'>) =>
  (await sql<object>`select * from things where id = ${1}`.execute(on)).rows

/** Of things, as Postgres lists them. */
const prepared = async () => {
  const { rows } = await sql<{ statement: string }>`
    select statement from pg_prepared_statements where statement like '%from things%'`.execute(db)
  return rows.map(({ statement }) => statement)
}

it('prepares what is asked again', async () => {
  await find(db)
  expect(await prepared()).toEqual([])
  expect(await find(db)).toEqual([{ id: 1 }])
  expect(await find(db)).toEqual([{ id: 1 }])
  expect(await prepared()).toEqual(['select * from things where id = $1'])
})

it('asks anew what gives other columns since the schema was changed', async () => {
  await sql`alter table things add column name text`.execute(db)
  expect(await find(db)).toEqual([{ id: 1, name: null }])
  await sql`alter table things drop column name`.execute(db)
  await db.transaction().execute(async (own) => {
    expect(await find(own)).toEqual([{ id: 1 }])
  })
})
