import { expect, it } from 'vitest'
import { parseGpus } from './gpus.ts'

it('reads one GPU a line', () => {
  const csv = 'GPU-1f, NVIDIA A100-SXM4-40GB, 580.65.06, 40960\n'
  expect(parseGpus(csv)).toEqual([
    {
      uuid: 'GPU-1f',
      name: 'NVIDIA A100-SXM4-40GB',
      driver: '580.65.06',
      memory_bytes: 42_949_672_960,
    },
  ])
})

it('leaves out what is no GPU', () => {
  expect(parseGpus('No devices were found\n\nGPU-1, x, 1, [N/A]\n')).toEqual([])
})
