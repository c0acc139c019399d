import { afterAll, beforeAll, expect, it } from 'vitest'
import { startDatabase, type TestDatabase } from '../database.ts'
import { addProject, enqueue } from './kit.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase(2)
})
afterAll(async () => database[Symbol.asyncDispose]())

async function removeProject(id: number) {
  await database.db.deleteFrom('projects').where('id', '=', id).execute()
}

it('takes no build of a project that is not there, alone or among others', async () => {
  const { db } = database
  const id = await addProject(db, 'gone')
  await removeProject(id)
  await expect(enqueue(db, id, 1)).rejects.toMatchObject({ code: '23503' })
  expect(await db.selectFrom('builds').select('id').execute()).toEqual([])
})

it('keeps a project that has builds, also those that nobody else sees yet', async () => {
  const { db } = database
  const id = await addProject(db, 'held')
  const { promise: removed, resolve } = Promise.withResolvers<unknown>()
  await db.transaction().execute(async (own) => {
    await enqueue(own, id, 2)
    resolve(removeProject(id).catch((error: unknown) => error))
    await own.selectFrom('projects').select('id').execute()
  })
  expect(await removed).toMatchObject({ code: '23503' })
  await expect(removeProject(id)).rejects.toMatchObject({ code: '23503' })
})
