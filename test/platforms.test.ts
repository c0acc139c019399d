import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { agentProtocol } from '#contract/wire/node.ts'
import { createNewId } from '#contract/id.ts'
import { identityOf } from '../agent/control-plane.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'
import { admitNode } from './node-credential.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const platform = 'linux/s390x'
const nodeId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))('node')

let credential: string | undefined
const incarnation = randomUUID()

/** Speaks for a node of another kind, which this machine has none of. */
async function tellServer(path: string, body?: object): Promise<void> {
  credential ??= await admitNode(farm, { node_id: nodeId, name: 'mainframe' })
  const reply = await client().request(`/agent/nodes${path}`, {
    method: 'POST',
    headers: { ...identityOf(credential, incarnation), 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect(reply.ok).toBe(true)
}

const register = async () =>
  tellServer('', {
    protocol: agentProtocol,
    node_id: nodeId,
    name: 'mainframe',
    incarnation,
    slots: 1,
    inventory: {
      host: { hostname: 'mainframe', os: 'x', kernel: 'x', arch: 's390x' },
      cpu: { model: 'x', cores: 1 },
      memory_bytes: 1,
      disk: { total_bytes: 1, free_bytes: 1 },
      buildkit: { version: 'x', platforms: [platform], devices: [] },
      gpus: [],
    },
  })

const submit = async (name: string) =>
  client().post({ name, dockerfile: `FROM ${farm.baseImage}\n`, options: { platform } })

it('refuses a platform that no node builds for and says which there are', async () => {
  const reply = await submit('refused')
  expect(reply.status).toBe(422)
  expect(await reply.json()).toMatchObject({
    code: 'no_node_for_platform',
    detail: expect.stringContaining('linux/amd64'),
    errors: [{ field: 'options.platform' }],
  })
})

it('pins the bases of each kind of node, and wants them to exist for one', async () => {
  await register()
  await tellServer(`/${nodeId}/leave`)
  const { host } = new URL(farm.registry.url)
  const dockerfile = `FROM ${host}/base/\${TARGETARCH/amd64/busybox}:1.35\nRUN true\n`
  const done = await client().build({ name: 'by-platform', dockerfile })
  expect(done).toMatchObject({ status: 'succeeded', failure: null })
  expect(done.bases.map(({ reference }) => reference)).toEqual([`${host}/base/busybox:1.35`])
  const build = await client().build({ name: 'for-none', dockerfile, options: { platform } })
  expect(build).toMatchObject({
    status: 'failed',
    attempt: 0,
    failure: { code: 'base_not_found', line: 1, message: `${host}/base/s390x:1.35 does not exist` },
  })
})

it('lets a build wait for a node that is offline, says so, holds up no other, and places it there', async () => {
  await register()
  await tellServer(`/${nodeId}/leave`)
  const reply = await submit('waits')
  expect(reply.status).toBe(202)
  const { build_id: id } = (await reply.json()) as { build_id: string }
  const waiting = await client().until(id, (build) => build.waiting_reason !== null)
  expect(waiting.waiting_reason).toBe(`all nodes that build for ${platform} are offline: mainframe`)
  const other = await client().build({ name: 'other', dockerfile: `FROM ${farm.baseImage}\n` })
  expect(other).toMatchObject({ status: 'succeeded', waiting_reason: null })
  await tellServer(`/${nodeId}/heartbeat`)
  const placed = await client().until(id, ({ attempt }) => attempt === 1)
  expect(placed).toMatchObject({ node_id: nodeId, waiting_reason: null })
  expect(other.node_id).not.toBe(nodeId)
  await client().cancel(id)
  await client().until(id, ({ status }) => status === 'cancelled')
})
