import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultCases } from './faults.ts'
import { glibcRoot, pack } from './kit/glibc-root.ts'
import { judge } from './kit/judging.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type Probing, type ProbingOptions, startProbing } from './kit/probing.ts'
import { provoke } from './kit/provoke.ts'
import type { SimulatedNode } from './kit/simulated-node.ts'

const { a100 } = nodeClasses
const [{ uuid }] = a100.gpus

let probing: Probing
let node: SimulatedNode
let root: Uint8Array
beforeAll(async () => {
  probing = await startProbing()
  node = await probing.addNode('a100', a100)
  root = await pack(await glibcRoot(probing.probe))
})
afterAll(async () => probing[Symbol.asyncDispose]())

const probe = async (options: Partial<ProbingOptions> = {}) =>
  probing.run({ root, device: `nvidia.com/gpu=${uuid}`, ...options })

describe('in a real container with a simulated GPU', () => {
  it('passes, and is called simulated', async () => {
    expect(judge(await probe(), uuid, node.libcuda)).toEqual({
      passed: true,
      evidence: 'simulated',
      notes: [],
    })
  })

  it('is tried with each fault that there is a code for', () => {
    expect(faultCases).toHaveLength(23)
    expect(new Set(faultCases.map(({ code }) => code)).size).toBe(20)
    expect(new Set(faultCases.map(({ owner }) => owner))).toEqual(
      new Set(['image', 'node', 'farm']),
    )
  })

  it.each(faultCases)('tells $title: $code', async (fault) => {
    await node.configure({ ...a100, ...fault.config })
    try {
      const probed = await provoke(probing, { node: 'a100', uuid, spec: node.spec }, fault)
      expect(judge(probed, uuid, node.libcuda)).toMatchObject({
        passed: false,
        fault: { code: fault.code, owner: fault.owner },
      })
      expect(probed.attempts).toHaveLength(fault.attempts ?? 1)
    } finally {
      await node.configure(a100)
    }
  })
})

describe('every class of GPU', () => {
  it.each(Object.entries(nodeClasses))('passes: %s', async (name, config) => {
    const own = name === 'a100' ? node : await probing.addNode(name, config)
    const granted = 'migs' in config ? config.migs[1].uuid : config.gpus[0].uuid
    const probed = await probe({ device: `nvidia.com/gpu=${granted}` })
    expect(judge(probed, granted, own.libcuda)).toMatchObject({ passed: true })
    const { driver } = probed.attempts[0] ?? {}
    const [device] = driver && 'report' in driver ? driver.report.devices : []
    expect(device).toMatchObject({
      uuid: granted,
      compute_capability: config.gpus[0].capability,
      name: expect.stringMatching(/\(simulated\)$/),
    })
  })
})

it('runs again when everything before it comes from the cache', async () => {
  await probe()
  await node.configure({ ...a100, faults: { wrong_values: '1' } })
  try {
    const again = await probe()
    const cached = again.events.filter((event) => event.kind === 'step' && event.cached)
    expect(cached.map((event) => event.kind === 'step' && event.name)).toContain('[1/1] COPY . /')
    expect(judge(again, uuid, node.libcuda).fault?.code).toBe('WRONG_RESULT')
  } finally {
    await node.configure(a100)
  }
})

it('passes on a second look when the first found the driver busy, and notes it', async () => {
  const busy = { ...a100, faults: { cuInit: '999' } }
  try {
    const beforeAttempt = async (attempt: number) => node.configure(attempt === 1 ? busy : a100)
    const judged = judge(await probe({ beforeAttempt }), uuid, node.libcuda)
    expect(judged).toMatchObject({
      passed: true,
      notes: [{ code: 'PASSED_ON_RETRY', params: { reason: 'CUDA_UNKNOWN' } }],
    })
  } finally {
    await node.configure(a100)
  }
})
