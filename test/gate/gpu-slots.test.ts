import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { AttemptRef } from '#contract/build.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { exampleGpu } from './example-gpu.ts'
import { type FakeNode, joinNode } from './fake-node.ts'

let farm: Farm
let node: FakeNode
beforeAll(async () => {
  farm = await startFarm({ agent: false })
  node = await joinNode(farm, { name: 'node-1', gpus: [] })
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await farm[Symbol.asyncDispose]()
})

const [first, second] = [exampleGpu('GPU-first'), exampleGpu('GPU-second')]
let names = 0

/** Builds that were placed on the node and whose stage has begun. */
async function begin(count: number) {
  const client = createClient(farm.url)
  return Promise.all(
    Array.from({ length: count }, async () => {
      names += 1
      const dockerfile = `FROM ${farm.baseImage}\nLABEL of=${names}\n`
      const buildId = await client.submit({ name: `slots/${names}`, dockerfile })
      const { attempt } = await client.until(buildId, (build) => build.attempt > 0)
      return { buildId, attempt }
    }),
  )
}

/** One that was placed on this node and not on the other. */
async function beginOn(wanted: FakeNode, other: FakeNode): Promise<AttemptRef> {
  await other.takeBuilds(false)
  const [ref] = await begin(1)
  await other.takeBuilds(true)
  expect(await createClient(farm.url).read(ref!.buildId)).toMatchObject({ node_id: wanted.id })
  return ref!
}

const shown = async () => {
  const reply = await createClient(farm.url).request('/api/nodes')
  const { nodes } = (await reply.json()) as { nodes: { gpu_slots: unknown[] }[] }
  return nodes[0]?.gpu_slots
}

beforeEach(async () => {
  const client = createClient(farm.url)
  const { builds } = (await (await client.request('/api/builds?status=building')).json()) as {
    builds: { id: string }[]
  }
  await Promise.all(
    builds.map(async ({ id }) => {
      await client.cancel(id)
      await client.until(id, ({ status }) => status !== 'building')
    }),
  )
  await node.register([first])
})

it('gives one GPU to one attempt, and tells the other who has it', async () => {
  const [a, b] = await begin(2)
  for (const ref of [a!, b!]) await node.about(ref, 'POST', 'stages/verifying')
  const granted = await node.askGpu(a!)
  expect(granted).toMatchObject({ state: 'granted', gpu: { uuid: first.uuid } })
  const answers = await Promise.all([node.askGpu(a!), node.askGpu(b!), node.askGpu(b!)])
  expect(answers.map(({ state }) => state)).toEqual(['granted', 'busy', 'busy'])
  expect(answers[1]).toMatchObject({
    reason: `on node-1 ${first.name} (driver ${first.driver}) is taken by ${a!.buildId}`,
  })
  expect(await shown()).toMatchObject([{ uuid: first.uuid, build_id: a!.buildId, leftover: false }])
  expect((await createClient(farm.url).read(b!.buildId)).waiting_reason).toContain('is taken by')
  await node.about(a!, 'DELETE', 'gpu', {})
  expect(await node.askGpu(b!)).toMatchObject({ state: 'granted', gpu: { uuid: first.uuid } })
  expect((await createClient(farm.url).read(b!.buildId)).waiting_reason).toBeNull()
})

it('gives two GPUs to two attempts that ask at once, each its own', async () => {
  await node.register([first, second])
  const refs = await begin(4)
  const answers = await Promise.all(refs.map(async (ref) => node.askGpu(ref)))
  const uuids = answers.flatMap((answer) => (answer.state === 'granted' ? answer.gpu.uuid : []))
  expect(uuids.toSorted()).toEqual([first.uuid, second.uuid])
  expect(answers.filter(({ state }) => state === 'busy')).toHaveLength(2)
})

it('frees a GPU when the attempt ends, however it ends', async () => {
  const [a, b] = await begin(2)
  expect(await node.askGpu(a!)).toMatchObject({ state: 'granted' })
  const client = createClient(farm.url)
  await client.cancel(a!.buildId)
  await client.until(a!.buildId, ({ status }) => status === 'cancelled')
  expect(await node.askGpu(b!)).toMatchObject({ state: 'granted' })
  expect((await node.about(a!, 'POST', 'gpu', { digest: `sha256:${'0'.repeat(64)}` })).status).toBe(
    409,
  )
  await node.about(a!, 'DELETE', 'gpu', {})
  expect(await shown()).toMatchObject([{ build_id: b!.buildId }])
})

it('frees a GPU when the agent has been started anew, but for what was left on it', async () => {
  await node.register([first, second])
  const [a, b] = await begin(2)
  await node.askGpu(a!)
  await node.askGpu(b!)
  await node.about(a!, 'DELETE', 'gpu', { leftover: true })
  expect(await shown()).toMatchObject([
    { uuid: first.uuid, leftover: true },
    { uuid: second.uuid, leftover: false },
  ])
  expect(await node.register([first, second], { restart: true })).toMatchObject({
    leftover_gpus: [first.uuid],
  })
  expect(await shown()).toMatchObject([
    { uuid: first.uuid, leftover: true },
    { uuid: second.uuid, build_id: null },
  ])
  expect((await node.call('POST', `/nodes/${node.id}/gpus/${second.uuid}/clean`)).status).toBe(404)
  expect((await node.call('POST', `/nodes/${node.id}/gpus/${first.uuid}/clean`)).status).toBe(204)
  expect(await shown()).toMatchObject([{ build_id: null, leftover: false }, { build_id: null }])
})

it('frees a GPU when its node is lost', async () => {
  const lost = await joinNode(farm, { name: 'lost', gpus: [second] })
  const a = await beginOn(lost, node)
  expect(await lost.askGpu(a)).toMatchObject({ state: 'granted' })
  await lost[Symbol.asyncDispose]()
  const client = createClient(farm.url)
  const ended = await client.until(a.buildId, ({ attempts }) => attempts[0]?.failure !== null)
  expect(ended.attempts[0]).toMatchObject({ node_id: lost.id, failure: { code: 'agent_lost' } })
  const shownLost = (await (await client.request(`/api/nodes/${lost.id}`)).json()) as object
  expect(shownLost).toMatchObject({
    status: 'lost',
    gpu_slots: [{ uuid: second.uuid, build_id: null }],
  })
})

it('takes a GPU that has fallen ill from whoever has it', async () => {
  const [a] = await begin(1)
  await node.askGpu(a!)
  await node.register([])
  expect(await node.askGpu(a!)).toEqual({
    state: 'none',
    reason: 'node-1 has no GPU in good health',
    elsewhere: false,
  })
})

it('knows of another node that has one', async () => {
  await using other = await joinNode(farm, { name: 'node-2', gpus: [] })
  const a = await beginOn(node, other)
  await node.register([])
  await other.register([exampleGpu('GPU-elsewhere', { capability: '7.0' })])
  expect(await node.askGpu(a)).toMatchObject({ state: 'none', elsewhere: true })
  expect(await node.askGpu(a, { capability: '8.0' })).toMatchObject({ elsewhere: false })
})

it('looks at the memory that was free when the node last looked', async () => {
  const [a] = await begin(1)
  await node.register([{ ...first, free_bytes: 1024 ** 3 }])
  expect(await node.askGpu(a!, { free_bytes: 2 * 1024 ** 3 })).toMatchObject({
    state: 'busy',
    reason: expect.stringContaining('has 1024 MiB of memory free, and 2048 MiB are needed'),
  })
  await node.register([{ ...first, free_bytes: 3 * 1024 ** 3 }])
  expect(await node.askGpu(a!, { free_bytes: 2 * 1024 ** 3 })).toMatchObject({ state: 'granted' })
})

it('grants the instances of a divided GPU one by one', async () => {
  const migs = ['MIG-one', 'MIG-two'].map((uuid) => ({ uuid, profile: '1g.10gb' }))
  await node.register([{ ...first, migs }])
  const [a, b, c] = await begin(3)
  expect(await node.askGpu(a!)).toMatchObject({
    gpu: { uuid: 'MIG-one', mig: '1g.10gb', memory_bytes: 10 * 1024 ** 3 },
  })
  expect(await node.askGpu(b!)).toMatchObject({ gpu: { uuid: 'MIG-two' } })
  expect(await node.askGpu(c!)).toMatchObject({ state: 'busy' })
})

it('serves verifications before builds, and who came first before who came later', async () => {
  const [a, b, c, d] = await begin(4)
  const ask = async (ref: typeof a, purpose: string) => {
    const reply = await node.about(ref!, 'POST', 'gpu', {
      digest: `sha256:${'0'.repeat(64)}`,
      purpose,
    })
    return ((await reply.json()) as { state: string }).state
  }
  expect(await ask(a, 'verification')).toBe('granted')
  expect(await ask(b, 'build')).toBe('busy')
  expect(await ask(c, 'verification')).toBe('busy')
  expect(await ask(d, 'verification')).toBe('busy')
  await node.about(a!, 'DELETE', 'gpu', {})
  expect(await ask(b, 'build')).toBe('busy')
  expect(await ask(d, 'verification')).toBe('busy')
  expect(await ask(c, 'verification')).toBe('granted')
  await node.about(c!, 'DELETE', 'gpu', {})
  expect(await ask(d, 'verification')).toBe('granted')
})

/** An attempt as its node sees it. */
async function placed(ref: AttemptRef, owner: FakeNode) {
  await owner.about(ref, 'POST', 'stages/verifying')
  return {
    ask: async () => owner.askGpu(ref),
    giveBack: async () => owner.about(ref, 'DELETE', 'gpu', {}),
  }
}

it('gives a GPU that two agents of one machine see to one of them', async () => {
  await using twin = await joinNode(farm, { name: 'twin', gpus: [first] })
  const a = await placed(await beginOn(node, twin), node)
  const b = await placed(await beginOn(twin, node), twin)
  expect(await a.ask()).toMatchObject({ state: 'granted', gpu: { uuid: first.uuid } })
  const busy = { state: 'busy', reason: expect.stringContaining('another node') }
  expect(await b.ask()).toMatchObject(busy)
  await a.giveBack()
  expect(await b.ask()).toMatchObject({ state: 'granted', gpu: { uuid: first.uuid } })
})

it('passes over a GPU that another agent of the machine has', async () => {
  await using twin = await joinNode(farm, { name: 'twin', gpus: [first, second] })
  await node.register([first, second])
  const a = await placed(await beginOn(node, twin), node)
  const b = await placed(await beginOn(twin, node), twin)
  const granted = [await a.ask(), await b.ask()]
  expect(granted).toMatchObject([{ gpu: { uuid: first.uuid } }, { gpu: { uuid: second.uuid } }])
})
