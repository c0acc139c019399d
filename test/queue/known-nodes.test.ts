import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cordonNode, drainNode, resumeNode } from '../../records/closed-nodes.ts'
import { createNodeReader } from '../../records/known-nodes.ts'
import { endLease, saveDiskLow } from '../../records/nodes.ts'
import { renewLeases } from '../../records/node-leases.ts'
import { removeNode } from '../../records/remove-node.ts'
import { farmScope } from '../../records/scope.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { joinNodes } from './kit.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
  await joinNodes(database.db, 6, 2)
})
afterAll(async () => database[Symbol.asyncDispose]())

it('knows after each change what somebody knows who reads all of them', async () => {
  const { db } = database
  const scope = farmScope(db, 'user:op/x')
  const reader = createNodeReader()
  const seen = async () => {
    const nodes = await reader.read(db)
    expect(nodes).toEqual(await createNodeReader().read(db))
    return new Map(nodes.map((node) => [node.id, node]))
  }
  expect((await seen()).size).toBe(6)
  await drainNode(scope, 'node-00001', 'a disk is changed')
  await cordonNode(scope, 'node-00002', 'a test')
  await saveDiskLow(db, 'node-00003', 'full')
  await endLease(db, 'node-00004', false)
  const changed = await seen()
  expect(changed.get('node-00001')).toMatchObject({ drained: 'a disk is changed', ready: true })
  expect(changed.get('node-00002')).toMatchObject({ drained: 'a test', cordoned: true })
  expect(changed.get('node-00003')).toMatchObject({ diskLow: 'full' })
  expect(changed.get('node-00004')).toMatchObject({ ready: false })
  await resumeNode(scope, 'node-00001')
  await removeNode(scope, 'node-00002', true)
  await renewLeases(db, [{ nodeId: 'node-00004' }], 60_000)
  await sql`update nodes set inventory = jsonb_set(inventory, '{buildkit,platforms}', '["linux/arm64"]')
    where id = 'node-00005'`.execute(db)
  const later = await seen()
  expect([...later.keys()]).toEqual([1, 3, 4, 5, 6].map((n) => `node-0000${n}`))
  expect(later.get('node-00001')).toMatchObject({ drained: null })
  expect(later.get('node-00004')).toMatchObject({ ready: true })
  expect(later.get('node-00005')).toMatchObject({ platforms: ['linux/arm64'] })
})

it('learns of a change that was begun before the one which it knows, and ended after it', async () => {
  const { db } = database
  const reader = createNodeReader()
  await reader.read(db)
  await db.transaction().execute(async (slow) => {
    await sql`update nodes set slots = 7 where id = 'node-00005'`.execute(slow)
    await sql`update nodes set slots = 8 where id = 'node-00006'`.execute(db)
    expect((await reader.read(db)).map(({ slots }) => slots)).toEqual([2, 2, 2, 2, 8])
  })
  expect((await reader.read(db)).map(({ slots }) => slots)).toEqual([2, 2, 2, 7, 8])
})

it('counts a lease that is renewed as no change', async () => {
  const { db } = database
  const versions = async () =>
    db.selectFrom('nodes').select(['id', 'version']).orderBy('id').execute()
  const before = await versions()
  await renewLeases(db, [{ nodeId: 'node-00001' }, { nodeId: 'node-00003' }], 60_000)
  expect(await versions()).toEqual(before)
})
