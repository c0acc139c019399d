import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'kysely'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { identityOf } from '../../agent/control-plane.ts'
import { revokeCredential } from '../../records/node-credentials.ts'
import { beatsFirst } from '../../server/fleet/beats-first.ts'
import { makeNodeToken } from '../../server/joining/node-token.ts'
import { hashToken } from '../../server/joining/token.ts'
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
/** What was left to the routes. */
let left: string[] = []

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
  const deps = { db, leaseMs, inFlight: createInFlight(), metrics, clock }
  const server = createServer(
    beatsFirst(deps, (request, reply) => {
      left.push(`${request.method} ${request.url}`)
      reply.writeHead(418).end()
    }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(() => server.closeAllConnections())
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => stack.disposeAsync())
beforeEach(async () => {
  left = []
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
