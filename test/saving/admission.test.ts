import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AttemptRef } from '#contract/build.ts'
import { readSaveChain } from '../../records/saves.ts'
import { storeContents } from '../../records/contents.ts'
import { type Call, callsWith } from '../access/tenants.ts'
import { beginPlaced, enqueue, finish, joinNodes, placeRound } from '../queue/kit.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { addEnvironment, addVersion, makeSave, newDigest } from './kit.ts'

const password = 'the-robot-of-the-farm'

let server: ServerAlone
let call: Call
beforeAll(async () => {
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_REGISTRY_USERNAME: 'robot$kiln',
    KILN_REGISTRY_PASSWORD: password,
  })
  call = callsWith(server.url)
})
afterAll(async () => server[Symbol.asyncDispose]())

let names = 0
/** A build on a node of its own that saves an environment of a version of its own. */
const beginSave = async (choices: object = {}, parent = newDigest()) => {
  names += 1
  const ref = await server.begin(`saved-${names}`, `FROM r/base-${names}\n`)
  const known = await server.db
    .selectFrom('versions')
    .where('digest', '=', parent)
    .select('id')
    .execute()
  if (known.length === 0) {
    const [built = ''] = await enqueue(server.db, 1, 1)
    await addVersion(server.db, built, parent)
  }
  const { node_id: node } = await server.db
    .selectFrom('builds')
    .select('node_id')
    .where('id', '=', ref.buildId)
    .executeTakeFirstOrThrow()
  const environment = await addEnvironment(server.db, node ?? '', parent)
  await makeSave(server.db, ref, environment, choices)
  return { ref, environment, parent, node: node ?? '' }
}
const tellSize = async (ref: AttemptRef, least = 0, hidden = 0) => {
  const reply = await server.agent(ref, 'POST', 'save-size', {
    least_bytes: least,
    hidden_bytes: hidden,
  })
  return { status: reply.status, text: await reply.text() }
}

it('refuses what the quota of the registry has no room for, before anything stands still', async () => {
  const { ref } = await beginSave()
  await call('PATCH', '/api/projects/default/quotas', { registry_bytes: 1_000_000 })
  const refused = await tellSize(ref, 1_000_001)
  expect(refused).toMatchObject({
    status: 403,
    text: expect.stringContaining('quota_registry_bytes'),
  })
  expect(await tellSize(ref, 900_000)).toMatchObject({ status: 204 })
  await call('PATCH', '/api/projects/default/quotas', { registry_bytes: null })
})

it('hears it of the current attempt of a save only', async () => {
  const { ref } = await beginSave()
  expect((await tellSize({ ...ref, attempt: 2 })).status).toBe(404)
  const other = await server.begin('no-save', 'FROM r/no-save\n')
  expect((await tellSize(other)).status).toBe(409)
})

it('adds up what the saves below hide, down to one that was squashed', async () => {
  const first = await beginSave()
  await tellSize(first.ref, 0, 5000)
  const one = newDigest()
  await addVersion(server.db, first.ref.buildId, one)
  const second = await beginSave({}, one)
  await tellSize(second.ref, 0, 70)
  expect(await readSaveChain(server.db, second.environment)).toEqual({
    count: 1,
    hiddenBytes: 5000,
  })
  const two = newDigest()
  await addVersion(server.db, second.ref.buildId, two)
  const third = await beginSave({ squash: true }, two)
  await tellSize(third.ref, 0, 9)
  expect(await readSaveChain(server.db, third.environment)).toEqual({ count: 2, hiddenBytes: 5070 })
  const three = newDigest()
  await addVersion(server.db, third.ref.buildId, three)
  const fourth = await beginSave({}, three)
  expect(await readSaveChain(server.db, fourth.environment)).toEqual({ count: 1, hiddenBytes: 0 })
})

it('refuses an image of more layers than runtimes take, unless squashing makes them fewer', async () => {
  const first = await beginSave()
  const parent = newDigest()
  await addVersion(server.db, first.ref.buildId, parent)
  const layer = { bytes: 1, mediaType: 'tar', madeBy: null }
  const layers = Array.from({ length: 125 }, () => ({ ...layer, digest: newDigest() }))
  const config = {
    os: 'linux',
    architecture: 'amd64',
    created: null,
    env: [],
    entrypoint: null,
    cmd: null,
    labels: {},
    user: '',
    workdir: '',
  }
  await storeContents(server.db, parent, {
    manifestBytes: 1,
    configDigest: newDigest(),
    configBytes: 1,
    config,
    layers,
  })
  const { environment, node } = await beginSave({}, parent)
  await server.db
    .updateTable('nodes')
    .set({ inventory: JSON.stringify({ saves: true }) })
    .where('id', '=', node)
    .execute()
  const save = async (body: object) => call('POST', `/api/environments/${environment}/save`, body)
  const refused = await save({ name: 'deep' })
  expect(refused).toMatchObject({
    status: 409,
    body: { code: 'too_many_layers', detail: expect.stringContaining('126 layers') },
  })
  expect(await save({ name: 'deep', squash: true })).toMatchObject({ status: 202 })
})

it('gives its node no password and no token with the plan', async () => {
  const { ref } = await beginSave()
  const given = Buffer.from('{}').toString('base64')
  await server.db
    .updateTable('build_saves')
    .set({ parent_manifest: given, parent_config: given })
    .where('build_id', '=', ref.buildId)
    .execute()
  expect((await server.agent(ref, 'POST', 'stages/resolving')).status).toBe(404)
  const reply = await server.agent(ref, 'POST', 'stages/building')
  const text = await reply.text()
  expect([reply.status, text]).toMatchObject([200, expect.stringContaining('"save":')])
  expect(JSON.parse(text)).toMatchObject({ registry: { username: '', secret: '' }, secrets: [] })
  expect(text).not.toContain(password)
  expect(text).not.toContain('robot$')
})

it('goes to the node that has the files, in each attempt, also when that is cordoned', async () => {
  const { db } = server
  const over = { status: 'cancelled', stage: 'cancelled', waiting_since: null } as const
  await db.updateTable('builds').set(over).where('status', '=', 'building').execute()
  await beginPlaced(db)
  const digest = newDigest()
  const [built = '', save = ''] = await enqueue(db, 1, 2)
  await joinNodes(db, 3, 2)
  const [home, other] = ['node-00003', 'node-00001']
  await addVersion(db, built, digest)
  await makeSave(db, { buildId: save }, await addEnvironment(db, home, digest))
  await db.updateTable('builds').set({ wanted_node: home }).where('id', '=', save).execute()
  await db.updateTable('builds').set({ waiting_since: null }).where('id', '=', built).execute()
  await call('POST', `/api/nodes/${home}/cordon`, { reason: 'fans' })
  const [first] = await placeRound(db)
  expect(first).toMatchObject({ buildId: save, nodeId: home, attempt: 1 })
  if (first !== undefined) await finish(db, first)
  // As when its agent was lost.
  await db.updateTable('builds').set({ waiting_since: new Date() }).where('id', '=', save).execute()
  await call('PATCH', `/api/builds/${save}`, { node: other })
  await call('POST', `/api/nodes/${home}/drain`, { reason: 'a new disk' })
  expect(await placeRound(db)).toEqual([])
  expect((await call('GET', `/api/builds/${save}`)).body).toMatchObject({
    waiting_reason: 'it is to go to n3, which takes no more builds',
  })
  await call('POST', `/api/nodes/${home}/resume`)
  expect(await placeRound(db)).toMatchObject([{ buildId: save, nodeId: home, attempt: 2 }])
})
