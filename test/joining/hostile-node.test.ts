import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { Connection, isGrpcServiceError } from '@temporalio/client'
import { sql } from 'kysely'
import { WebSocket } from 'ws'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNewId } from '#contract/id.ts'
import { nodeQueue } from '#contract/queues.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import { identityOf } from '../../agent/control-plane.ts'
import { connect, type Pool } from '../../records/connect.ts'
import { renewLease } from '../../records/node-leases.ts'
import { registerNode } from '../../records/nodes.ts'
import { readFarm } from '../../server/metrics/read-farm.ts'
import { createClient } from '../client.ts'
import { createEnvironmentClient } from '../environments/client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { admitNode } from '../node-credential.ts'

const newNode = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))
const grpc = { notFound: 5, permissionDenied: 7, unimplemented: 12, unauthenticated: 16 }

const sharedToken = 'what-older-agents-share'

let farm: Farm
let db: Pool
beforeAll(async () => {
  farm = await startFarm({ environment: { KILN_AGENT_TOKEN: sharedToken } })
  db = connect(farm.databaseUrl, 2)
})
afterAll(async () => {
  await db.destroy()
  await farm[Symbol.asyncDispose]()
})

/** A node that has joined and then behaves badly. */
async function joinHostile() {
  const id = newNode('node')
  const credential = await admitNode(farm, { node_id: id, name: 'hostile' })
  return { id, credential, refusals: async () => readRefusals(id) }
}

async function readRefusals(actor: string) {
  return db
    .selectFrom('audit')
    .select(['object', 'detail'])
    .where('action', '=', 'agent.refused')
    .where('actor', '=', actor)
    .orderBy('seq')
    .execute()
}

async function temporal(credential: string) {
  return Connection.connect({
    address: farm.gateway,
    metadata: { authorization: `Bearer ${credential}` },
  })
}

async function codeOf(call: Promise<unknown>): Promise<number | undefined> {
  const failed: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  return isGrpcServiceError(failed) ? failed.code : undefined
}

const ask = async (credential: string, method: string, path: string, body?: object) =>
  fetch(`${farm.url}/agent${path}`, {
    method,
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })

function nodeOf(id: string, protocol: number, incarnation: string = crypto.randomUUID()) {
  return {
    protocol,
    node_id: id,
    name: 'hostile',
    incarnation,
    slots: 1,
    inventory: {
      host: { hostname: 'x', os: 'x', kernel: 'x', arch: 'x64' },
      cpu: { model: 'x', cores: 1 },
      memory_bytes: 1,
      disk: { total_bytes: 1, free_bytes: 1 },
      buildkit: { version: 'x', platforms: [], devices: [] },
      gpus: [],
    },
  }
}

it('lets a node in once for a token, and not for one that is none', async () => {
  const tokens = await fetch(`${farm.url}/api/nodes/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"minutes":1}',
  })
  expect(tokens.status).toBe(201)
  const { token } = (await tokens.json()) as { token: string }
  const join = async (request: object) => ask('', 'POST', '/join', { name: 'new', ...request })
  const first = await join({ token, node_id: newNode('node') })
  expect(first.status).toBe(201)
  const again = await join({ token, node_id: newNode('node') })
  expect([again.status, await again.json()]).toMatchObject([401, { code: 'join_refused' }])
  const typo = await join({ token: `${token}0`, node_id: newNode('node') })
  expect(typo.status).toBe(401)
})

it('does not give the id of a node that works to another one', async () => {
  const reply = await createClient(farm.url).request('/api/nodes')
  const [node] = ((await reply.json()) as { nodes: { id: string }[] }).nodes
  const twin = { node_id: node?.id ?? '', name: 'twin' }
  await expect(admitNode(farm, twin)).rejects.toThrow('node_joined')
  // Nor does it say without a token which nodes there are.
  const blind = await ask('', 'POST', '/join', { ...twin, token: 'none' })
  expect(await blind.json()).toMatchObject({ code: 'join_refused' })
})

it('tells a node nothing of the attempts and the nodes of others', async () => {
  const build = await createClient(farm.url).build({
    name: 'mine',
    dockerfile: `FROM ${farm.baseImage}\n`,
  })
  const logins = db
    .selectFrom('audit')
    .select('detail')
    .where('object', '=', build.id)
    .where('action', '=', 'registry.password')
  expect((await logins.execute())[0]).toEqual({ detail: { attempt: 1 } })
  const { id, credential, refusals } = await joinHostile()
  const attempt = `/builds/${build.id}/attempts/1`
  const calls: [string, string][] = [
    ['POST', `${attempt}/stages/building`],
    ['POST', `${attempt}/logs`],
    ['POST', `${attempt}/gpu`],
    ['PUT', `${attempt}/facts`],
    ['PUT', `${attempt}/evidence`],
    ['GET', `${attempt}/contexts/sha256:${'0'.repeat(64)}`],
    ['POST', `/nodes/${build.node_id}/heartbeat`],
    ['POST', `/nodes/${build.node_id}/leave`],
    ['POST', `/nodes/${build.node_id}/credential`],
  ]
  for (const [method, path] of calls) {
    const reply = await ask(credential, method, path, method === 'GET' ? undefined : {})
    expect([path, reply.status]).toEqual([path, 404])
    expect(await reply.text()).not.toContain(farm.baseImage)
  }
  expect(await refusals()).toMatchObject([
    { object: build.id, detail: { because: 'an attempt of another node' } },
    { object: build.node_id, detail: { because: 'another node' } },
  ])
  expect(id).not.toBe(build.node_id)
  for (const [method, path] of [...calls, ['POST', `${attempt}/registry-login`] as const]) {
    const reply = await ask(sharedToken, method, path, method === 'GET' ? undefined : {})
    expect([path, [401, 404].includes(reply.status)]).toEqual([path, true])
    expect(await reply.text()).not.toContain(farm.baseImage)
  }
  expect((await ask('kiln_node_nobody', 'POST', `${attempt}/logs`)).status).toBe(401)
})

it('lets a node neither tell nor reach anything of the environments of another', async () => {
  const client = createClient(farm.url)
  const environments = createEnvironmentClient(farm)
  const { node_id: nodeId } = await client.build({
    name: 'started',
    dockerfile: `FROM ${farm.baseImage}\nSTOPSIGNAL SIGKILL\n`,
  })
  const id = await environments.run({ image: 'started', command: ['sleep', '5007.5'] })
  const { id: own, credential, refusals } = await joinHostile()
  const start = `/environments/${id}/starts/1`
  const calls: [string, object][] = [
    [`${start}/begin`, {}],
    [`${start}/state`, { state: 'ended', exit_code: 0 }],
    [`${start}/registry-login`, { scopes: [] }],
    [`/environments/${newNode('env')}/starts/1/begin`, {}],
    [`/nodes/${nodeId}/environments`, { environments: [] }],
  ]
  for (const [path, body] of calls) {
    const reply = await ask(credential, 'POST', path, body)
    expect([path, reply.status]).toEqual([path, 404])
    expect([401, 404]).toContain((await ask(sharedToken, 'POST', path, body)).status)
  }
  expect((await refusals()).map(({ object }) => object)).toContain(id)
  // What it says that it has is not its own.
  const claim = { environments: [{ id, start: 1, running: true }] }
  const told = await ask(credential, 'POST', `/nodes/${own}/environments`, claim)
  expect(await told.json()).toEqual({ environments: [{ id, start: 1, wanted: 'keep' }] })
  const tunnel = new WebSocket(`${farm.url.replace('http', 'ws')}/agent/nodes/${nodeId}/tunnel`, {
    headers: { authorization: `Bearer ${credential}` },
  })
  const [refused] = (await once(tunnel, 'unexpected-response').catch(() => [])) as unknown[]
  expect(refused).toBeDefined()
  const current = await environments.read(id)
  expect(current).toMatchObject({ state: 'running', start: 1 })
  await environments.stop(id)
  await environments.ask('POST', `/${id}/start`)
  await environments.untilState(id, 'running')
  expect(await readRefusals(nodeId ?? '')).toEqual([])
  await environments.stop(id)
})

it('lets no node that has joined go back to the token that is shared, or to the password', async () => {
  const { id, credential } = await joinHostile()
  const register = async (token: string, protocol: number) =>
    (await ask(token, 'POST', '/nodes', nodeOf(id, protocol))).status
  expect(await register(sharedToken, agentProtocol - 1)).toBe(401)
  expect(await register(credential, agentProtocol - 2)).toBe(426)
  expect(await register(credential, agentProtocol - 1)).toBe(200)
})

it('lets no node in that only pretends, as long as the farm does not say that it may', async () => {
  const { id, credential } = await joinHostile()
  const node = nodeOf(id, agentProtocol - 1)
  const pretender = { ...node, inventory: { ...node.inventory, simulated: true } }
  const refused = await ask(credential, 'POST', '/nodes', pretender)
  expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'simulated_off' }])
})

it('gives the agent no way to the database and to Temporal but the server', async () => {
  const surroundings = await readFile(`/proc/${farm.processes.agent?.pid}/environ`, 'utf8')
  expect(surroundings).toContain('KILN_GATEWAY_URL=')
  expect(surroundings).not.toMatch(/KILN_(DATABASE_URL|TEMPORAL_ADDRESS)=/)
})

it('gives a node the tasks of its own queue and no other call of Temporal', async () => {
  const { id, credential, refusals } = await joinHostile()
  const connection = await temporal(credential)
  const { namespace } = farm.temporal
  const { workflowService: service } = connection
  const queue = (name: string) => ({ namespace, taskQueue: { name }, identity: id })
  const codes = {
    control: await codeOf(service.pollActivityTaskQueue(queue('control'))),
    another: await codeOf(service.pollActivityTaskQueue(queue(nodeQueue(newNode('node'))))),
    workflows: await codeOf(service.pollWorkflowTaskQueue(queue(nodeQueue(id)))),
    list: await codeOf(service.listWorkflowExecutions({ namespace })),
    start: await codeOf(service.startWorkflowExecution({ namespace, workflowId: 'x' })),
    signal: await codeOf(service.signalWorkflowExecution({ namespace, signalName: 'placed' })),
    operator: await codeOf(connection.operatorService.listSearchAttributes({ namespace })),
    namespace: await codeOf(service.describeNamespace({ namespace: 'temporal-system' })),
    forged: await codeOf(
      service.respondActivityTaskCompleted({ namespace, taskToken: Buffer.from('made up') }),
    ),
  }
  await connection.close()
  expect(codes).toEqual({
    control: grpc.permissionDenied,
    another: grpc.permissionDenied,
    workflows: grpc.unimplemented,
    list: grpc.unimplemented,
    start: grpc.unimplemented,
    signal: grpc.unimplemented,
    operator: grpc.unimplemented,
    namespace: grpc.permissionDenied,
    forged: grpc.permissionDenied,
  })
  const reasons = (await refusals()).map(({ detail }) => (detail as { because: string }).because)
  expect(new Set(reasons)).toEqual(
    new Set([
      'not for this node: the queue of another',
      'not served to nodes',
      'not for this node: another namespace',
      'not for this node: a token that is not of this farm',
    ]),
  )
})

it('refuses the agent of the farm nothing, also not when it goes and comes back', async () => {
  const client = createClient(farm.url)
  const dockerfile = `FROM ${farm.baseImage}\n`
  const before = await client.build({ name: 'before', dockerfile })
  await farm.stop('agent')
  const after = await client.build({ name: 'after', dockerfile })
  expect([before, after]).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }])
  expect(after.node_id).toBe(before.node_id)
  expect(await readRefusals(before.node_id ?? '')).toEqual([])
})

it('shuts out a node that is revoked, also one that waits for a task', async () => {
  const { id, credential } = await joinHostile()
  const connection = await temporal(credential)
  const { namespace } = farm.temporal
  const waiting = codeOf(
    connection.workflowService.pollActivityTaskQueue({
      namespace,
      taskQueue: { name: nodeQueue(id) },
      identity: id,
    }),
  )
  const revoked = await fetch(`${farm.url}/api/nodes/${id}/revoke`, { method: 'POST' })
  expect(revoked.status).toBe(204)
  expect(await waiting).toBeDefined()
  await connection.close()
  await expect
    .poll(async () => (await ask(credential, 'POST', `/nodes/${id}/heartbeat`)).status, {
      timeout: 10_000,
    })
    .toBe(401)
})

it('brings no node to life that is shut out, whatever was still on its way', async () => {
  const { id, credential } = await joinHostile()
  const node = nodeOf(id, agentProtocol - 1)
  expect((await ask(credential, 'POST', '/nodes', node)).status).toBe(200)
  expect(await renewLease(db, { nodeId: id }, 60_000)).toBe(true)
  await fetch(`${farm.url}/api/nodes/${id}/revoke`, { method: 'POST' })
  expect(await renewLease(db, { nodeId: id }, 60_000)).toBe(false)
  expect(await registerNode(db, node, 60_000)).toBe('shut_out')
  const isAlive = sql<boolean>`leased_until > now()`.as('alive')
  const row = db.selectFrom('nodes').select(isAlive).where('id', '=', id)
  expect(await row.executeTakeFirst()).toEqual({ alive: false })
})

it('shuts out both nodes that use one state directory', async () => {
  const { id, credential: first } = await joinHostile()
  const renewed = await ask(first, 'POST', `/nodes/${id}/credential`)
  const { credential: second } = (await renewed.json()) as { credential: string }
  const beat = async (credential: string) =>
    (await ask(credential, 'POST', `/nodes/${id}/heartbeat`)).status
  // It is let through, to be told that it has to register.
  expect(await beat(second)).toBe(404)
  // As if the copy had been away for longer than an answer can be on its way.
  await db
    .updateTable('node_credentials')
    .set({ issued_at: new Date(Date.now() - 3_600_000) })
    .where('node_id', '=', id)
    .execute()
  const both = async () => [await beat(first), await beat(second)]
  await expect.poll(both, { timeout: 10_000 }).toEqual([401, 401])
  const row = await db
    .selectFrom('audit')
    .select('detail')
    .where('action', '=', 'node.quarantine')
    .where('object', '=', id)
    .executeTakeFirstOrThrow()
  expect(row.detail).toEqual({ because: 'its credential was used in two places' })
})

/** As the metric has it that an alert looks at. */
async function countQuarantined(): Promise<number> {
  const { kiln_nodes: nodes = [] } = await readFarm(db, 'none')
  return nodes.find(({ labels }) => labels['state'] === 'quarantined')?.value ?? 0
}

/** A start of an agent, as it calls. */
function startOf(id: string, credential: string) {
  const incarnation = crypto.randomUUID()
  const identity = identityOf(credential, incarnation)
  const post = async (path: string, body: object = {}) => {
    const headers = { ...identity, 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: JSON.stringify(body) }
    const reply = await fetch(`${farm.url}/agent${path}`, request)
    return reply.status
  }
  return {
    post,
    identity,
    register: async () => post('/nodes', nodeOf(id, agentProtocol, incarnation)),
    beat: async () => post(`/nodes/${id}/heartbeat`),
    contest: async (node = id) => post(`/nodes/${node}/contest`),
  }
}

it('hears nothing of the start of an agent whose place another has taken, and shuts both out when it lives on', async () => {
  const { id, credential, refusals } = await joinHostile()
  const [first, second] = [startOf(id, credential), startOf(id, credential)]
  expect(await first.register()).toBe(200)
  expect(await first.beat()).toBe(200)
  // Somebody who has the credential and says nothing of itself is none of its agents, unless of an older release.
  const nameless = await ask(credential, 'POST', `/nodes/${id}/heartbeat`)
  expect([nameless.status, await nameless.json()]).toMatchObject([
    426,
    { code: 'upgrade_required', detail: expect.stringContaining('kiln node revoke') },
  ])
  expect(await second.register()).toBe(200)
  await expect.poll(first.beat, { timeout: 10_000 }).toBe(409)
  expect(await first.post('/nodes', nodeOf(id, agentProtocol))).toBe(409)
  const tried = [await first.register(), await first.post(`/nodes/${id}/credential`)]
  expect(tried).toEqual([409, 409])
  const connection = await Connection.connect({
    address: farm.gateway,
    metadata: { ...second.identity, ...first.identity },
  }).catch((error: unknown) => error)
  expect(connection).toBeInstanceOf(Error)
  const older = 'an older agent has taken the place of the one that registered'
  expect(await refusals()).toMatchObject([
    { object: 'agent API', detail: { because: older } },
    { object: 'agent API', detail: { because: 'a later start of its agent has taken its place' } },
    { object: 'gateway', detail: { because: 'a later start of its agent has taken its place' } },
  ])
  // What has its place has nothing to contest, and nobody contests for others.
  const { id: other } = await joinHostile()
  expect([await second.contest(), await first.contest(other)]).toEqual([204, 401])
  expect(await second.beat()).toBe(200)

  const before = await countQuarantined()
  expect(await first.contest()).toBe(204)
  expect(await countQuarantined()).toBe(before + 1)
  const both = async () => [await first.beat(), await second.beat()]
  await expect.poll(both, { timeout: 10_000 }).toEqual([401, 401])
  const shown = await createClient(farm.url).request(`/api/nodes/${id}`)
  expect(await shown.json()).toMatchObject({
    status: 'lost',
    shut_out: {
      quarantined: true,
      reason: 'two agents run with its state directory: one of them is a copy',
      advice: expect.stringContaining('stop the copy'),
    },
  })
  const rows = db.selectFrom('audit').select('actor').where('action', '=', 'node.quarantine')
  expect(await rows.where('object', '=', id).execute()).toEqual([{ actor: 'farm' }])
  // It comes back with a new token alone.
  const again = startOf(id, await admitNode(farm, { node_id: id, name: 'hostile' }))
  expect([await again.register(), await first.beat()]).toEqual([200, 401])
  expect(await countQuarantined()).toBe(before)
})
