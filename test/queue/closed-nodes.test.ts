import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createNewId } from '#contract/id.ts'
import { identityOf } from '../../agent/control-plane.ts'
import { type Call, callsWith } from '../access/tenants.ts'
import { admitNode } from '../node-credential.ts'
import { agentToken, nodeOf, type ServerAlone, startServerAlone } from '../server-alone.ts'
import { clearQueue, enqueue, finish, joinNodes, placeRound } from './kit.ts'

let server: ServerAlone
let call: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  call = callsWith(server.url)
})
beforeEach(async () => clearQueue(server.db))
afterAll(async () => server[Symbol.asyncDispose]())

const [first, second] = ['node-00001', 'node-00002'] as const
const nodesOf = async (builds: readonly string[]) => {
  const rows = await server.db
    .selectFrom('attempts')
    .select(['build_id', 'node_id'])
    .where('build_id', 'in', builds)
    .execute()
  return rows.map(({ node_id: node }) => node)
}
const listed = async (query = '') => {
  const { body } = await call('GET', `/api/nodes${query}`)
  return (body as { nodes: { id: string }[] }).nodes.map(({ id }) => id)
}
const audited = async () =>
  server.db
    .selectFrom('audit')
    .select(['action', 'object', 'detail'])
    .where('action', 'like', 'node.%')
    .orderBy('seq')
    .execute()

it('gives a node that is cordoned nothing new, and leaves it what it has', async () => {
  const { db } = server
  await joinNodes(db, 1, 2)
  await enqueue(db, 1, 1)
  const [kept] = await placeRound(db)
  const { status, body } = await call('POST', `/api/nodes/${first}/cordon`, { reason: 'fans' })
  expect([status, body]).toMatchObject([200, { cordon: { reason: 'fans' } }])
  const ids = await enqueue(db, 1, 1)
  expect(await placeRound(db)).toEqual([])
  const waiting = await call('GET', `/api/builds/${ids[0]}`)
  expect(waiting.body).toMatchObject({ waiting_reason: expect.stringContaining('fans') })
  expect(await nodesOf([kept?.buildId ?? ''])).toEqual([first])
  await call('POST', `/api/nodes/${first}/uncordon`)
  expect((await placeRound(db)).map(({ buildId }) => buildId)).toEqual(ids)
  expect(await audited()).toMatchObject([
    { action: 'node.cordon', object: first, detail: { because: 'fans' } },
    { action: 'node.uncordon', object: first },
  ])
})

it('keeps a cordon through a drain and its end', async () => {
  const { db } = server
  await joinNodes(db, 1, 1)
  await call('POST', `/api/nodes/${first}/cordon`, {})
  await call('POST', `/api/nodes/${first}/drain`, {})
  await call('POST', `/api/nodes/${first}/resume`)
  await enqueue(db, 1, 1)
  expect(await placeRound(db)).toEqual([])
})

it('removes a node that runs nothing, and shows it to who asks for those that are gone', async () => {
  const { db } = server
  await joinNodes(db, 2, 1)
  expect((await call('DELETE', `/api/nodes/${first}`)).status).toBe(204)
  expect(await listed()).toEqual([second])
  expect(await listed('?removed=true')).toContain(first)
  const ids = await enqueue(db, 1, 2)
  await placeRound(db)
  expect(await nodesOf(ids)).toEqual([second])
  expect((await call('DELETE', `/api/nodes/${first}`)).status).toBe(404)
})

it('removes one that runs something only by force', async () => {
  const { db } = server
  await joinNodes(db, 1, 1)
  await enqueue(db, 1, 1)
  const [placed] = await placeRound(db)
  const refused = await call('DELETE', `/api/nodes/${first}`)
  expect([refused.status, refused.body]).toMatchObject([
    409,
    { code: 'node_busy', detail: expect.stringContaining('1 builds and 0 environments') },
  ])
  expect((await call('DELETE', `/api/nodes/${first}?force=true`)).status).toBe(204)
  expect(await audited()).toMatchObject([
    { action: 'node.remove', object: first, detail: { force: true, builds: 1 } },
  ])
  if (placed !== undefined) await finish(db, placed)
})

/** As an agent does with this token. */
async function register(id: string, token: string) {
  const incarnation = randomUUID()
  const reply = await fetch(new URL('/agent/nodes', server.url), {
    method: 'POST',
    headers: { ...identityOf(token, incarnation), 'content-type': 'application/json' },
    body: JSON.stringify(nodeOf(id, incarnation)),
  })
  return { status: reply.status, body: await reply.text() }
}

it('lets a node that was removed come back with a token of its own alone, not with the shared one', async () => {
  const id = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))('node')
  expect((await register(id, agentToken)).status).toBe(200)
  expect((await call('DELETE', `/api/nodes/${id}`)).status).toBe(204)
  for (const again of [await register(id, agentToken), await register(id, agentToken)]) {
    expect(again.status).toBe(401)
    expect(again.body).toContain('it comes back by joining anew')
  }
  expect(await listed()).not.toContain(id)
  const refused = server.db
    .selectFrom('audit')
    .select('detail')
    .where('action', '=', 'agent.refused')
  expect(await refused.where('object', '=', id).execute()).toEqual([
    { detail: { because: 'an operator has taken the node out of the farm' } },
  ])
  const joined = await admitNode({ url: server.url.origin }, { node_id: id, name: 'by-hand' })
  expect((await register(id, joined)).status).toBe(200)
  expect(await listed()).toContain(id)
  expect((await register(id, agentToken)).status).toBe(401)
})
