import { expect, it } from 'vitest'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { chooseGpu, type Wanted } from './choose-gpu.ts'

const gib = 1024 ** 3
const node = { name: 'node-7', arch: 'x64' }
const anything: Wanted = { needs: {}, facts: undefined, refused: new Set() }
const slot = (uuid: string, rest: object = {}) => ({
  gpu: {
    uuid,
    name: 'NVIDIA A100-SXM4-40GB',
    driver: '535.104.05',
    capability: '8.0',
    memory_bytes: 40 * gib,
  },
  freeBytes: 39 * gib,
  leftover: false,
  ...rest,
})

it('gives the first that is free', () => {
  const slots = [slot('GPU-a', { holder: 'build-1' }), slot('GPU-b'), slot('GPU-c')]
  expect(chooseGpu(slots, [], node, anything)).toMatchObject({ gpu: { uuid: 'GPU-b' } })
})

it('says of each that is taken by whom, or what else is in the way', () => {
  const needs = { free_bytes: 20 * gib }
  const slots = [
    slot('GPU-a', { holder: 'build-1' }),
    slot('GPU-b', { holder: 'build-2', leftover: true }),
    slot('GPU-c', { freeBytes: 3 * gib }),
  ]
  const card = 'NVIDIA A100-SXM4-40GB (driver 535.104.05)'
  expect(chooseGpu(slots, [], node, { ...anything, needs })).toEqual({
    state: 'busy',
    candidates: ['GPU-a', 'GPU-b'],
    reason: `on node-7 ${card} is taken by build-1, ${card} is held: something still runs on it that build-2 left behind, ${card} has 3072 MiB of memory free, and 20480 MiB are needed`,
  })
})

it.each([
  [[], anything, 'node-7 has no GPU in good health'],
  [
    [slot('GPU-a')],
    { ...anything, refused: new Set(['GPU-a']) },
    'the build was refused on each GPU of node-7',
  ],
  [
    [slot('GPU-a')],
    { ...anything, needs: { capability: '10.0' } },
    'no GPU of node-7 fits the image: NVIDIA A100-SXM4-40GB (driver 535.104.05)',
  ],
  [
    [slot('GPU-a')],
    { ...anything, needs: { free_bytes: 80 * gib } },
    'no GPU of node-7 fits the image: NVIDIA A100-SXM4-40GB (driver 535.104.05)',
  ],
  [
    [slot('GPU-a')],
    { ...anything, facts: exampleImages.get('torch 2.15.0 (cu132)') },
    'no GPU of node-7 fits the image: NVIDIA A100-SXM4-40GB (driver 535.104.05)',
  ],
])('has none among %j for %j', (slots, wanted, reason) => {
  expect(chooseGpu(slots, [], node, wanted)).toEqual({ state: 'none', reason })
})

it('compares capabilities as versions', () => {
  const needs = { capability: '9.0' }
  const newer = slot('GPU-a', { gpu: { ...slot('GPU-a').gpu, capability: '10.0' } })
  expect(chooseGpu([newer], [], node, { ...anything, needs })).toMatchObject({ gpu: newer.gpu })
})

it('keeps what is free for those who came first, as far as they would take it', () => {
  const slots = [slot('GPU-a'), slot('GPU-b'), slot('GPU-c')]
  const earlier = [
    { buildId: 'build-1', candidates: ['GPU-b'] },
    { buildId: 'build-2', candidates: ['GPU-z'] },
    { buildId: 'build-3', candidates: ['GPU-a', 'GPU-b'] },
  ]
  expect(chooseGpu(slots, earlier, node, anything)).toMatchObject({ gpu: { uuid: 'GPU-c' } })
  expect(chooseGpu(slots.slice(0, 1), earlier, node, anything)).toEqual({
    state: 'busy',
    reason:
      'on node-7 NVIDIA A100-SXM4-40GB (driver 535.104.05) is next for build-3, which goes first',
    candidates: ['GPU-a'],
  })
})
