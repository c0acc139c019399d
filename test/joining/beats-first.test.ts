import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createControlPlane, identityOf } from '../../agent/control-plane.ts'
import { connect as connectDatabase } from '../../records/connect.ts'
import { revokeCredential } from '../../records/node-credentials.ts'
import { type BeatDeps, type BeatServer, createBeatServer } from '../../server/fleet/beats-first.ts'
import { createNodeAuth } from '../../server/joining/authenticate-node.ts'
import { makeNodeToken } from '../../server/joining/node-token.ts'
import { hashToken } from '../../server/access/token.ts'
import { createServerMetrics } from '../../server/metrics/server-metrics.ts'
import { createInFlight } from '../../server/middleware/in-flight.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { joinNodes } from '../queue/kit.ts'

const leaseMs = 8_000
const nodeId = `node-${'0'.repeat(25)}1`
const credential = makeNodeToken(nodeId, randomBytes)
const incarnation = randomUUID()
const stack = new AsyncDisposableStack()
let database: TestDatabase
let url = ''
let deps: BeatDeps
/** What was left to the routes. */
let left: string[] = []
/** Connections. */
let made = 0
/** Requests that came to HTTP. */
let served = 0

beforeAll(async () => {
  database = stack.use(await startDatabase())
  const { db } = database
  await joinNodes(db, 1, 1)
  await db.updateTable('nodes').set({ id: nodeId, incarnation }).execute()
  const holds = { expires_at: sql<Date>`now() + interval '1 day'`, used_at: sql<Date>`now()` }
  const row = { node_id: nodeId, hash: hashToken(credential), ...holds }
  await db.insertInto('node_credentials').values(row).execute()
  const metrics = createServerMetrics(new Registry())
  const clock = () => performance.now()
  const nodeAuth = createNodeAuth(db, clock)
  deps = { db, leaseMs, inFlight: createInFlight(), metrics, clock, nodeAuth }
  const server = createBeatServer(deps, (request, reply) => {
    left.push(`${request.method} ${request.url}`)
    request.resume()
    reply.writeHead(418).end()
  })
  server.http.on('connection', () => (made += 1)).on('request', () => (served += 1))
  url = `http://127.0.0.1:${stack.use(await listen(server)).port}`
})
afterAll(async () => stack.disposeAsync())
beforeEach(async () => {
  left = []
  made = 0
  served = 0
  await database.db
    .updateTable('nodes')
    .set({ leased_until: sql<Date>`now() - interval '1 second'` })
    .execute()
})

async function beat(headers: Readonly<Record<string, string>>, body?: string) {
  const path = `/agent/nodes/${nodeId}/heartbeat`
  const reply = await fetch(`${url}${path}`, { method: 'POST', headers, body: body ?? null })
  const alive = sql<boolean>`leased_until > now()`.as('alive')
  const row = await database.db.selectFrom('nodes').select(alive).executeTakeFirstOrThrow()
  return { status: reply.status, answer: await reply.text(), isAlive: row.alive, left }
}

const toRoutes = { status: 418, isAlive: false, left: [`POST /agent/nodes/${nodeId}/heartbeat`] }

it('renews the lease of a node that proves itself', async () => {
  const answer = JSON.stringify({ lease_ms: leaseMs })
  const expected = { status: 200, answer, isAlive: true, left: [] }
  expect(await beat(identityOf(credential, incarnation))).toEqual(expected)
})

it('proves the node also for what it asks otherwise, which looks for nothing then', async () => {
  await using nowhere = connectDatabase('postgres://127.0.0.1:1/none')
  const nodeAuth = createNodeAuth(nowhere, () => performance.now())
  await using own = await listen(createBeatServer({ ...deps, nodeAuth }, () => undefined))
  await expect(nodeAuth.authenticate(credential, incarnation)).rejects.toThrow('ECONNREFUSED')
  const agent = createControlPlane(new URL(`http://127.0.0.1:${own.port}`), () => credential, {
    incarnation,
  })
  await agent.heartbeat(nodeId, 2_000)
  const known = { id: nodeId, unheard: undefined }
  expect(await nodeAuth.authenticate(credential, incarnation)).toEqual(known)
  await expect(nodeAuth.authenticate(credential, randomUUID())).rejects.toThrow('ECONNREFUSED')
})

it.each([
  ['has news', identityOf(credential, incarnation), '{}'],
  ['does not say which start of the agent makes it', identityOf(credential, undefined), undefined],
  ['is of another start', identityOf(credential, randomUUID()), undefined],
  ['has no credential', {}, undefined],
  [
    'has another credential of the node',
    identityOf(makeNodeToken(nodeId, randomBytes), incarnation),
    undefined,
  ],
  [
    'has the credential of another node',
    identityOf(makeNodeToken(`node-${'0'.repeat(26)}`, randomBytes), incarnation),
    undefined,
  ],
])('leaves to the routes what %s', async (_, headers, body) => {
  expect(await beat(headers, body)).toMatchObject(toRoutes)
})

describe('the connection of an agent', () => {
  const openAgent = () => createControlPlane(new URL(url), () => credential, { incarnation })

  it('is one, without HTTP, while it beats', async () => {
    const agent = openAgent()
    for (let beats = 0; beats < 8; beats += 1) await agent.heartbeat(nodeId, 2_000)
    expect({ made, served, left }).toEqual({ made: 1, served: 0, left: [] })
  })

  it('has HTTP for all else, and is made anew once the node is at rest again', async () => {
    const agent = openAgent()
    await agent.heartbeat(nodeId, 2_000)
    await expect(agent.contest(nodeId)).rejects.toThrow('418')
    for (let beats = 0; beats < 8; beats += 1) await agent.heartbeat(nodeId, 2_000)
    const contest = [`POST /agent/nodes/${nodeId}/contest`]
    expect({ made, served, left }).toEqual({ made: 2, served: 6, left: contest })
  })

  it('ends with the server, once its heartbeat is answered', async () => {
    const { promise: asked, resolve: begin } = Promise.withResolvers<void>()
    const inFlight = { ...deps.inFlight, begin }
    await using own = await listen(createBeatServer({ ...deps, inFlight }, () => undefined))
    const [beating, silent] = [connect(own.port), connect(own.port)]
    await once(silent, 'connect')
    beating.write(asBytes(identityOf(credential, incarnation)))
    await asked
    own.server[Symbol.dispose]()
    expect(await text(silent)).toBe('')
    expect(await text(beating)).toMatch(/^HTTP\/1\.1 200 /)
  })
})

it('ends a connection that says nothing, and no other', async () => {
  await using own = await listen(createBeatServer({ ...deps, leaseMs: 500 }, () => undefined))
  const [beating, silent] = [connect(own.port), connect(own.port)]
  const said = text(beating)
  const bytes = asBytes(identityOf(credential, incarnation))
  const timer = setInterval(() => beating.write(bytes), 100)
  expect(await text(silent)).toBe('')
  clearInterval(timer)
  beating.end()
  expect(await said).toMatch(/^HTTP\/1\.1 200 /)
})

const other = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const last = other.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n')
it.each([
  ['beside something else', (one: string) => [one + other + one], [200, 418, 200]],
  ['while one is not answered', (one: string) => [one, one, other, one], [200, 200, 418, 200]],
  ['in parts', (one: string) => [one.slice(0, 50), one.slice(50)], [200]],
  ['with a body', (one: string) => [`${one.replace('Length: 0', 'Length: 2')}{}`], [418]],
  ['of two lengths', (one: string) => [one.replace(/(Content-Length: )0/, '$&\r\n$12')], [400]],
  ['with no host', (one: string) => [one.replace(/Host: .*\r\n/, '')], [400]],
  [
    'in chunks',
    (one: string) => [`${one.replace('Content-Length: 0', 'Transfer-Encoding: chunked')}0\r\n\r\n`],
    [418],
  ],
])('reads heartbeats as HTTP does: %s', async (_, change, expected) => {
  const socket = connect(Number(new URL(url).port))
  for (const bytes of change(asBytes(identityOf(credential, incarnation)))) {
    socket.write(bytes)
    await sleep(30)
  }
  socket.write(last)
  const answers = [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+) /g)]
  const statuses = answers.map(([, status]) => Number(status))
  expect(statuses).toEqual(expected.includes(400) ? expected : [...expected, 418])
})

it('renews nothing by a credential that has ended, that was never used, or that is revoked', async () => {
  const { db } = database
  const set = async (row: object) => db.updateTable('node_credentials').set(row).execute()
  const identity = identityOf(credential, incarnation)
  const holds = { expires_at: sql<Date>`now() + interval '1 day'`, used_at: sql<Date>`now()` }
  await set({ expires_at: sql<Date>`now() - interval '1 second'` })
  expect(await beat(identity)).toMatchObject(toRoutes)
  await set({ ...holds, used_at: null })
  left = []
  expect(await beat(identity)).toMatchObject(toRoutes)
  await set(holds)
  await revokeCredential(db, nodeId, { actor: 'test', because: 'test' })
  left = []
  expect(await beat(identity)).toMatchObject(toRoutes)
})

/** As the agent's library writes it. */
function asBytes(headers: Readonly<Record<string, string>>): string {
  const said = {
    ...headers,
    'content-type': 'application/json',
    Host: 'a',
    Connection: 'keep-alive',
  }
  const lines = Object.entries({ ...said, 'Content-Length': '0' })
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `POST /agent/nodes/${nodeId}/heartbeat HTTP/1.1\r\n${head}\r\n`
}

async function listen(server: BeatServer) {
  const { http } = server
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = http.address() as AddressInfo
  const close = async () => {
    http.close()
    server[Symbol.dispose]()
    http.closeAllConnections()
  }
  return { server, port, [Symbol.asyncDispose]: close }
}
