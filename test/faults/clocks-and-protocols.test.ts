import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { agentProtocol, namingProtocol, protocolHeader } from '#contract/wire/node.ts'
import { identityOf } from '../../agent/control-plane.ts'
import { readLost } from '../../records/attempts.ts'
import { noteClock } from '../../records/farm-clock.ts'
import { createNodeReader } from '../../records/known-nodes.ts'
import { takeJoinToken } from '../../records/join-tokens.ts'
import { renewLease } from '../../records/node-leases.ts'
import { admitNode } from '../node-credential.ts'
import { nodeOf, type ServerAlone, startServerAlone } from '../server-alone.ts'
import { clearQueue, enqueue, joinNodes, placeRound } from '../queue/kit.ts'

// Rows 16 and 33 of docs/faults.md, on a server and a Postgres alone. The clock of the database is told by how far it was ahead
// before; that of the server's process is set.
const hourMs = 3_600_000
const leaseMs = 8_000

let server: ServerAlone
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
})
beforeEach(async () => {
  await clearQueue(server.db)
  await noteClock(server.db, leaseMs)
})
afterAll(async () => {
  vi.useRealTimers()
  await server[Symbol.asyncDispose]()
})

const since = (ms: number) => sql<Date>`clock_timestamp() + ${ms} * interval '1 ms'`

/** As if the clock had shown an hour more until now. */
async function setBack(): Promise<void> {
  await server.db
    .updateTable('farm_clock')
    .set({ shown_at: since(hourMs) })
    .execute()
}

async function leaseOf(index: number, ms: number): Promise<void> {
  await server.db
    .updateTable('nodes')
    .set({ leased_until: since(ms) })
    .where('id', '=', `node-0000${index}`)
    .execute()
}

const readyNodes = async () =>
  (await createNodeReader().read(server.db)).filter(({ ready }) => ready).map(({ id }) => id)

it('33: brings no lease back to life, and ends those that were held when they would have ended', async () => {
  const { db } = server
  await joinNodes(db, 3, 1)
  const ids = await enqueue(db, 1, 3)
  await placeRound(db)
  await setBack()
  // By the clock as it was: ended a minute ago, ends in two seconds, and was kept up after the clock was set.
  await leaseOf(1, hourMs - 60_000)
  await leaseOf(2, hourMs + 2_000)
  await leaseOf(3, leaseMs)
  expect(await readyNodes()).toHaveLength(3)
  const back = await noteClock(db, leaseMs)
  expect(back / hourMs).toBeCloseTo(1, 1)
  expect(await readyNodes()).toEqual(['node-00002', 'node-00003'])
  const lost = await readLost(db)
  expect(lost.map(({ nodeId }) => nodeId)).toEqual(['node-00001'])
  expect(ids).toContain(lost[0]?.buildId)
  await expect.poll(readyNodes, { timeout: 10_000 }).toEqual(['node-00003'])
  expect(await renewLease(db, { nodeId: 'node-00002' }, leaseMs)).toBe(true)
  expect(await readyNodes()).toEqual(['node-00002', 'node-00003'])
  const audited = db.selectFrom('audit').select('detail').where('action', '=', 'farm.clock_back')
  expect(await audited.execute()).toEqual([{ detail: { seconds: 3600 } }])
  expect(await noteClock(db, leaseMs)).toBe(0)
})

it('33: lets no token live longer, nor one that had ended live again', async () => {
  const { db } = server
  const [ended, held] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]
  await setBack()
  await db
    .insertInto('join_tokens')
    .values([
      { hash: ended, expires_at: since(hourMs - 1_000) },
      { hash: held, expires_at: since(hourMs + 60_000) },
    ])
    .execute()
  await noteClock(db, leaseMs)
  expect(await takeJoinToken(db, ended, 'node-a')).toBe(false)
  expect(await takeJoinToken(db, held, 'node-b')).toBe(true)
})

it('33: leaves the dates of tokens alone when the clock was off by more than a day', async () => {
  const { db } = server
  const year = 365 * 24 * hourMs
  const token = { id: 'token-dated', prefix: 'p', hash: Buffer.alloc(32, 3), name: 'dated' }
  const user = await db
    .insertInto('users')
    .values({ name: 'dated' })
    .returning('id')
    .executeTakeFirstOrThrow()
  await db
    .insertInto('api_tokens')
    .values({ ...token, user_id: user.id, scopes: ['admin'], expires_at: since(90 * 24 * hourMs) })
    .execute()
  const left = async () => {
    const days = sql<number>`extract(epoch from expires_at - now())::float8 / 86400`.as('days')
    const row = db.selectFrom('api_tokens').select(days).where('id', '=', token.id)
    return (await row.executeTakeFirstOrThrow()).days
  }
  await db
    .updateTable('farm_clock')
    .set({ shown_at: since(year) })
    .execute()
  await noteClock(db, leaseMs)
  expect(await left()).toBeCloseTo(90, 1)
  await setBack()
  await noteClock(db, leaseMs)
  expect(await left()).toBeCloseTo(90 - 1 / 24, 2)
})

it('33: takes no longer to refuse a node that is shut out, and makes ids in order', async () => {
  const { db } = server
  const ref = await server.begin('first', 'FROM scratch\n')
  const beat = async () => (await server.agent(ref, 'POST', 'stages/building')).status
  expect(await beat()).toBe(200)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - hourMs })
  await db
    .updateTable('node_credentials')
    .set({ revoked_at: since(0) })
    .execute()
  await expect.poll(beat, { timeout: 10_000 }).toBe(401)
  const { buildId } = await server.begin('second', 'FROM scratch\nLABEL a=b\n')
  vi.useRealTimers()
  expect([buildId, ref.buildId].toSorted()).toEqual([ref.buildId, buildId])
})

it.each([
  [agentProtocol + 1, 426, 'upgrade the server first'],
  [agentProtocol, 200, ''],
  [agentProtocol - 1, 200, ''],
  [agentProtocol - 2, 426, "install the agent of the server's release on the node"],
])('16: an agent of protocol %d is answered %d %s', async (protocol, status, advice) => {
  const ref = await server.begin(`protocol-${protocol}`, `FROM scratch\nLABEL of=${protocol}\n`)
  const { node_id: id } = await server.db
    .selectFrom('attempts')
    .select('node_id')
    .where('build_id', '=', ref.buildId)
    .executeTakeFirstOrThrow()
  // It has never had another.
  await server.db
    .updateTable('nodes')
    .set({ protocol: Math.min(protocol, agentProtocol) })
    .where('id', '=', id)
    .execute()
  const { incarnation } = server
  const register = { ...nodeOf(id), incarnation, protocol }
  // Before 5 they did not say which start they are.
  const names = protocol >= namingProtocol
  const call = async (path: string, body?: object) =>
    fetch(new URL(`/agent${path}`, server.url), {
      method: 'POST',
      headers: {
        ...identityOf(server.credentialOf(ref), names ? incarnation : undefined),
        'content-type': 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    })
  const registered = await call('/nodes', register)
  const answer = (await registered.json()) as { code?: string; detail?: string }
  expect([registered.status, answer.code]).toEqual([
    status,
    status === 426 ? 'upgrade_required' : undefined,
  ])
  if (status === 426) {
    expect(answer.detail).toContain(advice)
    expect(answer.detail).toContain(`the protocols ${agentProtocol - 1} and ${agentProtocol}`)
    return
  }
  const attempt = `/builds/${ref.buildId}/attempts/1`
  const calls = [`/nodes/${id}/heartbeat`, `${attempt}/stages/building`, `/nodes/${id}/credential`]
  const answers = await Promise.all(calls.map(async (path) => (await call(path)).status))
  expect(answers).toEqual([200, 200, 201])
})

it('16: tells an agent that has taken the place of a newer one so, and lets it in with a new token', async () => {
  const ref = await server.begin('taken-back', 'FROM scratch\nLABEL of=taken-back\n')
  const { node_id: id } = await server.db
    .selectFrom('attempts')
    .select('node_id')
    .where('build_id', '=', ref.buildId)
    .executeTakeFirstOrThrow()
  const ask = async (credential: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, ...(body && { body: JSON.stringify(body) }) }
    return fetch(new URL(`/agent${path}`, server.url), request)
  }
  const told = await ask(server.credentialOf(ref), `/nodes/${id}/credential`)
  expect([told.status, await told.json()]).toMatchObject([
    426,
    { code: 'upgrade_required', detail: expect.stringContaining('install that release again') },
  ])
  expect((await ask(`${server.credentialOf(ref)}0`, `/nodes/${id}/credential`)).status).toBe(401)
  await fetch(new URL(`/api/nodes/${id}/revoke`, server.url), { method: 'POST' })
  const credential = await admitNode({ url: server.url.origin }, nodeOf(id))
  const older = { ...nodeOf(id), protocol: namingProtocol - 1 }
  expect((await ask(credential, '/nodes', older)).status).toBe(200)
  expect((await ask(credential, `/nodes/${id}/heartbeat`)).status).toBe(200)
})

it.each([
  [agentProtocol + 1, 426, 'upgrade the server first'],
  [agentProtocol, 401, undefined],
  [agentProtocol - 2, 426, "install the agent of the server's release on the node"],
])(
  '16: an agent of protocol %d that it cannot let in is answered %d',
  async (protocol, status, advice) => {
    const headers = {
      ...identityOf('what-this-server-does-not-know', server.incarnation),
      [protocolHeader]: String(protocol),
      'content-type': 'application/json',
    }
    const joining = { token: 'of-another-kind', node_id: `node-${'0'.repeat(26)}`, name: 'newer' }
    for (const [path, body] of [
      ['/nodes/node-none/credential', {}],
      ['/join', joining],
    ] as const) {
      const request = { method: 'POST', headers, body: JSON.stringify(body) }
      const reply = await fetch(new URL(`/agent${path}`, server.url), request)
      const { detail } = (await reply.json()) as { detail?: string }
      expect([path, reply.status]).toEqual([path, status])
      if (advice !== undefined) expect(detail).toContain(advice)
    }
  },
)
