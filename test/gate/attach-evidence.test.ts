import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { connect, type Pool } from '../../records/connect.ts'
import { findImageById } from '../../records/images.ts'
import { farmScope } from '../../records/scope.ts'
import { listVersions } from '../../server/views/version-list.ts'
import { attachNext } from '../../worker/evidence/attach-next.ts'
import { createRegistryClient } from '../../registry/client.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { startManifestRegistry } from '../fakes/manifest-registry.ts'
import { exampleGpu } from './example-gpu.ts'
import { addBuild, measure, publish } from './library.ts'

const image = Buffer.from('{"schemaVersion":2}')
const digest = `sha256:${createHash('sha256').update(image).digest('hex')}`
const tag = `manifests/${digest.replace(':', '-')}`
const gpu = exampleGpu('GPU-1')

let database: TestDatabase
beforeAll(async () => {
  database = await startDatabase()
})
afterAll(async () => database[Symbol.asyncDispose]())
beforeEach(async () => sql`delete from evidence`.execute(database.db))

const startRegistry = async () => {
  const registry = await startManifestRegistry('kiln/app', { lists: false })
  registry.kept.set(`manifests/${digest}`, image)
  return registry
}
const attachOne = async (client: ReturnType<typeof createRegistryClient>, db: Pool = database.db) =>
  attachNext({
    db,
    own: { client, host: 'registry', prefix: 'kiln' },
    log: pino({ level: 'silent' }),
    random: () => 0.5,
  })
const add = async () => {
  const { id, buildId } = await publish(database.db, { name: 'app', digest })
  await measure(database.db, { buildId, digest, gpu })
  return { id, buildId }
}
const newest = async (id: number) => {
  const row = (await findImageById(farmScope(database.db, 'test'), id))!
  return (await listVersions(database.db, row, { limit: 1 })).versions[0]?.attachment
}

it('workers that attach to the same image at once lose nothing', async () => {
  await using registry = await startRegistry()
  const pools = Array.from({ length: 4 }, () => connect(database.url, 2))
  for (const _ of pools) await add()
  expect(await Promise.all(pools.map(async (db) => attachOne(registry.client, db)))).toEqual([
    true,
    true,
    true,
    true,
  ])
  await Promise.all(pools.map(async (db) => db.destroy()))
  expect(registry.read(tag)).toMatchObject({ manifests: [{}, {}, {}, {}] })
  // Each wrote the list once: nobody had to repair what another one had lost.
  expect(registry.writes.filter((name) => name === tag)).toHaveLength(4)
  expect(await attachOne(registry.client)).toBe(false)
})

it('what the registry does not take is given up where it is seen, and tried again rarely', async () => {
  const { db } = database
  const nobody = createRegistryClient(new URL('http://127.0.0.1:1'))
  const { id } = await add()
  expect(await attachOne(nobody)).toBe(true)
  expect(await newest(id)).toEqual({ state: 'waiting' })
  const due = sql`update evidence set attach_at = now(), attach_tries = greatest(attach_tries, 29)`
  for (let round = 0; round < 2; round += 1) {
    await due.execute(db)
    expect(await attachOne(nobody)).toBe(true)
    expect(await attachOne(nobody)).toBe(false)
    expect(await newest(id)).toEqual({ state: 'given_up', since: expect.stringMatching(/Z$/) })
  }
  const audit = db.selectFrom('audit').select(['action', 'detail']).where('object', '=', digest)
  expect(await audit.where('action', '=', 'image.attach.give_up').execute()).toMatchObject([
    { detail: { attempt: 1, tries: 30, problem: 'read manifest: no answer' } },
  ])
  const pause = sql<boolean>`attach_at between now() + interval '17 hours' and now() + interval '31 hours'`
  const rows = await db.selectFrom('evidence').select(pause.as('rarely')).execute()
  expect(rows).toEqual([{ rarely: true }])
  await using registry = await startRegistry()
  await due.execute(db)
  expect(await attachOne(registry.client)).toBe(true)
  const attached = await newest(id)
  expect(attached).toMatchObject({ state: 'attached' })
  expect(registry.read(tag)).toMatchObject({
    manifests: [{ digest: attached && 'manifest' in attached ? attached.manifest : '' }],
  })
})

it('what was never published waits for nothing, and what still may be does', async () => {
  const { db } = database
  await using registry = await startRegistry()
  const failed = await addBuild(db, 'failed', 'failed')
  await measure(db, { buildId: failed, digest, gpu, passed: false, published: false })
  const running = await addBuild(db, 'running', 'building')
  await measure(db, { buildId: running, digest, gpu, published: false })
  expect(await attachOne(registry.client)).toBe(false)
  const rows = await db
    .selectFrom('evidence')
    .select(['build_id', sql<boolean>`attach_at is not null`.as('waits')])
    .orderBy('build_id')
    .execute()
  expect(rows).toEqual([
    { build_id: failed, waits: false },
    { build_id: running, waits: true },
  ])
})
