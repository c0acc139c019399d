import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient } from '../client.ts'
import { gpuImage } from './kit/gpu-image.ts'
import { nodeClasses } from './kit/node-classes.ts'
import { type SimulatedFarm, startSimulatedFarm } from './kit/simulated-farm.ts'

const { a100 } = nodeClasses

describe('a farm with a simulated A100', () => {
  let farm: SimulatedFarm
  beforeAll(async () => {
    farm = await startSimulatedFarm(a100)
  })
  afterAll(async () => farm[Symbol.asyncDispose]())

  it('passes an image on it, and calls that simulated', async () => {
    const client = createClient(farm.url)
    const image = await gpuImage(farm)
    const done = await client.build({ name: 'team/gpu:1', ...image })
    expect(done).toMatchObject({
      status: 'succeeded',
      verification: { verdict: 'gpu', evidence: 'simulated', digest: done.digest },
    })
  })
})
