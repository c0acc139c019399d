import { expect, it } from 'vitest'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { chooseNodes } from './choose-nodes.ts'

const node = (id: string, slots: number, busy: number, platforms = ['linux/amd64']) => ({
  id,
  name: id,
  incarnation: '',
  slots,
  busy,
  ready: true,
  diskLow: null,
  drained: null,
  platforms,
  gpus: [],
})
const waiting = ['a', 'b', 'c', 'd'].map((id) => ({ id, platform: null }))
const placesOf = (placed: ReturnType<typeof chooseNodes>) =>
  placed.map(({ buildId, node: { id } }) => [buildId, id])

it('fills the node with the most room first and leaves the rest waiting', () => {
  const placed = chooseNodes(waiting, [node('n1', 2, 1), node('n2', 2, 0)])
  expect(placesOf(placed)).toEqual([
    ['a', 'n2'],
    ['b', 'n1'],
    ['c', 'n2'],
  ])
})

it('gives a build a node of its platform, and passes over those that find none', () => {
  const builds = [
    { id: 'a', platform: 'linux/s390x' },
    { id: 'b', platform: 'linux/arm64' },
    { id: 'c', platform: 'linux/arm64' },
    { id: 'd', platform: 'linux/amd64' },
  ]
  const nodes = [node('big', 8, 0), node('arm', 1, 0, ['linux/arm64', 'linux/arm/v7'])]
  expect(placesOf(chooseNodes(builds, nodes))).toEqual([
    ['b', 'arm'],
    ['d', 'big'],
  ])
})

it('says why', () => {
  const nodes = [node('n1', 2, 0), node('n2', 2, 1, ['linux/arm64'])]
  expect(chooseNodes(waiting.slice(0, 1), nodes)[0]?.reason).toBe(
    'n1 has 2 of 2 slots free, the most of 2 ready nodes',
  )
  expect(chooseNodes([{ id: 'a', platform: 'linux/arm64' }], nodes)[0]?.reason).toBe(
    'n2 has 1 of 2 slots free, the most of 1 ready nodes that build for linux/arm64',
  )
})

it('places nothing on a full farm', () => {
  expect(chooseNodes(waiting, [node('n1', 1, 1)])).toEqual([])
  expect(chooseNodes(waiting, [])).toEqual([])
})

const card = (nodeId: string, uuid: string, name: string, driver: string) => ({
  nodeId,
  nodeName: nodeId,
  arch: 'x64',
  gpu: { uuid, name, driver, memory_bytes: 16 * 1024 ** 3 },
  freeBytes: undefined,
})
const gpuNodes = [
  node('cpu', 8, 0),
  { ...node('old', 2, 0), gpus: [card('old', 'GPU-old', 'Tesla T4', '470.82.01')] },
  {
    ...node('new', 2, 0),
    gpus: [
      card('new', 'GPU-1', 'NVIDIA A100-SXM4-40GB', '595.58.03'),
      card('new', 'GPU-2', 'NVIDIA A100-SXM4-40GB', '595.58.03'),
    ],
  },
]
const facts = exampleImages.get('torch 2.15.0 (cu132)')
const build = (refused: readonly { nodeId: string; uuid: string }[], waited = false) => ({
  id: 'a',
  platform: null,
  gpu: { facts, refused, waited },
})

it('gives a build that needs a GPU a node whose GPU its image runs on', () => {
  const [placed] = chooseNodes([build([])], gpuNodes)
  expect(placed).toMatchObject({
    node: { id: 'new' },
    reason: 'new has 2 of 2 slots free, the most of 1 ready nodes that have a GPU for it',
  })
})

it('keeps it from the GPU that failed it, not from the next one of the same node', () => {
  const once = [{ nodeId: 'new', uuid: 'GPU-1' }]
  expect(chooseNodes([build(once)], gpuNodes)).toMatchObject([{ node: { id: 'new' } }])
  const twice = [...once, { nodeId: 'new', uuid: 'GPU-2' }]
  for (const refused of [twice, [{ nodeId: 'new', uuid: '' }]]) {
    expect(chooseNodes([build(refused)], gpuNodes)).toMatchObject([
      {
        node: { id: 'cpu' },
        reason:
          'cpu has 8 of 8 slots free, the most of 3 ready nodes; no ready node has a GPU for it, so its policy decides',
      },
    ])
  }
})

it('lets it wait for the node that has one, and the others pass', () => {
  const full = gpuNodes.map((each) => (each.id === 'new' ? { ...each, busy: 2 } : each))
  const placed = chooseNodes([build([]), { id: 'b', platform: null }], full)
  expect(placesOf(placed)).toEqual([['b', 'cpu']])
})

it('lets it wait no longer than its policy does, and never pass a node that has one and room', () => {
  expect(chooseNodes([build([], true)], gpuNodes)).toMatchObject([
    { node: { id: 'new' }, gpuWaited: false },
  ])
  const full = gpuNodes.map((each) => (each.id === 'new' ? { ...each, busy: 2 } : each))
  expect(chooseNodes([build([], true)], full)).toMatchObject([
    {
      node: { id: 'cpu' },
      gpuWaited: true,
      reason: expect.stringContaining('no node with a GPU for it had room in time'),
    },
  ])
})
