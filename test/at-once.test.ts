import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { atOnce } from '../records/at-once.ts'
import { connect, type Db, type Pool } from '../records/connect.ts'
import { startDatabase, type TestDatabase } from './database.ts'

let database: TestDatabase
let db: Pool
beforeAll(async () => {
  database = await startDatabase()
  db = connect(database.url, 1)
  await sql`create table things (id int primary key)`.execute(db)
})
afterAll(async () => {
  await db.destroy()
  await database[Symbol.asyncDispose]()
})

const add = async (on: Db, id: number) => sql`insert into things values (${id})`.execute(on)
const list = async (on: Db) => {
  const { rows } = await sql<{ id: number }>`select id from things order by id`.execute(on)
  return rows.map(({ id }) => id)
}

it('carries out what is asked at once in the order in which it is asked', async () => {
  const seen = await db.transaction().execute(async (own) =>
    atOnce(own, async (at) => {
      const [, first, , second] = await Promise.all([add(at, 1), list(at), add(at, 2), list(at)])
      return [first, second]
    }),
  )
  expect(seen).toEqual([[1], [1, 2]])
  const built = async (on: Db) =>
    on
      .selectFrom(sql<{ id: number }>`things`.as('things'))
      .select('things.id')
      .where('things.id', '>', 6)
      .execute()
  const mixed = await atOnce(db, async (at) =>
    Promise.all([built(at), add(at, 7), built(at), list(at)]),
  )
  expect(mixed).toMatchObject([[], {}, [{ id: 7 }], [1, 2, 7]])
  await sql`delete from things where id = 7`.execute(db)
  expect(await list(db)).toEqual([1, 2])
})

it('keeps nothing of a transaction in which one of them fails, and goes on with the connection', async () => {
  const failed = db.transaction().execute(async (own) => {
    await add(own, 3)
    await atOnce(own, async (at) => Promise.all([add(at, 4), add(at, 1), add(at, 5)]))
  })
  await expect(failed).rejects.toThrow(/duplicate key/)
  expect(await list(db)).toEqual([1, 2])
})

it('keeps nothing of a transaction whose first statement fails', async () => {
  const failed = db.transaction().execute(async (own) => {
    await add(own, 1)
  })
  await expect(failed).rejects.toThrow(/duplicate key/)
  await db.transaction().execute(async (own) => add(own, 6))
  expect(await list(db)).toEqual([1, 2, 6])
})
