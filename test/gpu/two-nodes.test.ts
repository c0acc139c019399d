import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type BuildView, createClient } from '../client.ts'
import { file } from './kit/glibc-root.ts'
import { type GpuImage, gpuImage } from './kit/gpu-image.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { addGpuAgent } from './kit/second-agent.ts'
import { setGpuPolicy } from './kit/set-gpu-policy.ts'
import { type GpuAgent, type SimulatedFarm, startSimulatedFarm } from './kit/simulated-farm.ts'

const { a100, v100 } = nodeClasses
const site = '/usr/lib/python3/site-packages/torch'

/** With code for compute capability 8.0 and newer, and a driver for CUDA 11.7 is enough. */
const forAmpere: GpuImage = {
  entries: [
    file(`${site}/version.py`, 0o644, Buffer.from('__version__ = "2.0.1"\ncuda = "11.7"\n')),
    file(`${site}/lib/libtorch_python.so`, 0o755, Buffer.from('\0sm_80 sm_86\0')),
  ],
}

describe('a farm with a V100 and an A100', () => {
  let farm: SimulatedFarm
  let second: GpuAgent & AsyncDisposable
  let names: ReadonlyMap<string, string>
  beforeAll(async () => {
    // More slots than the other one has: what may be built anywhere is built on the V100's node first.
    const first = { KILN_NODE_SLOTS: '8', KILN_NODE_NAME: 'volta' }
    farm = await startSimulatedFarm(v100, first)
    second = await addGpuAgent(farm, 'ampere', a100, { KILN_NODE_SLOTS: '2' })
    const client = createClient(farm.url)
    await setGpuPolicy(farm.url, { mode: 'require_gpu', wait_seconds: 0 })
    const reply = await client.request('/api/nodes')
    const { nodes } = (await reply.json()) as {
      nodes: { id: string; name: string; inventory: { gpus: { name: string }[] } }[]
    }
    names = new Map(nodes.map(({ id, inventory }) => [id, inventory.gpus[0]?.name ?? '']))
  })
  afterAll(async () => {
    await second[Symbol.asyncDispose]()
    await farm[Symbol.asyncDispose]()
  })
  afterEach(async () => farm.gpuAgent.node.configure(v100))

  const submit = async (name: string, image: GpuImage = {}) =>
    createClient(farm.url).submit({ name, ...(await gpuImage(farm, image)) })
  const ended = async (id: string) =>
    createClient(farm.url).until(id, ({ status }) => status !== 'building')
  const build = async (name: string, image: GpuImage = {}) => ended(await submit(name, image))
  const closeSecond = async (how: 'cordon' | 'uncordon') => {
    const [id] = [...names].find(([, gpu]) => gpu.includes('A100')) ?? []
    const body = how === 'cordon' ? JSON.stringify({ reason: 'first the other' }) : null
    const reply = await createClient(farm.url).request(`/api/nodes/${id}/${how}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    expect(reply.status).toBe(200)
  }
  const storyOf = ({ attempts }: BuildView) =>
    attempts.map((attempt) => [
      /V100|A100/.exec(names.get(attempt.node_id) ?? '')?.[0],
      attempt.failure?.code,
    ])

  /** A busy machine may not hear the V100's node for a moment: the first attempt is to be there all the same. */
  const buildFirstOnV100 = async (name: string, image: GpuImage = {}) => {
    await closeSecond('cordon')
    const id = await submit(name, image)
    await createClient(farm.url).until(id, ({ attempt }) => attempt === 1)
    await closeSecond('uncordon')
    return ended(id)
  }

  it('takes an image that is not for the V100 to the A100, and there at once the next time', async () => {
    const first = await buildFirstOnV100('team/ampere:1', forAmpere)
    expect(storyOf(first)).toEqual([
      ['V100', 'gpu_elsewhere'],
      ['A100', undefined],
    ])
    expect(first).toMatchObject({
      status: 'succeeded',
      verification: { verdict: 'gpu', evidence: 'simulated' },
    })
    const next = await build('team/ampere:1', { ...forAmpere, lines: ['LABEL run=next'] })
    expect(storyOf(next)).toEqual([['A100', undefined]])
    expect(next.status).toBe('succeeded')
  })

  it('tries another GPU where one computes wrongly, and never blames the image', async () => {
    await farm.gpuAgent.node.configure({ ...v100, faults: { wrong_values: '1' } })
    const done = await buildFirstOnV100('team/any:1')
    expect(storyOf(done)).toEqual([
      ['V100', 'gpu_failed'],
      ['A100', undefined],
    ])
    expect(done.status).toBe('succeeded')
  })
})
