import { expect, it } from 'vitest'
import { sayWait } from '#contract/wait-reason.ts'
import { explainWait } from './explain-wait.ts'

const [amd, arm] = ['linux/amd64', 'linux/arm64']
const node = (name: string, ready: boolean, ...platforms: string[]) => ({
  id: name,
  name,
  incarnation: '',
  slots: 1,
  busy: 1,
  ready,
  diskLow: null,
  drained: null,
  cordoned: false,
  platforms,
  gpus: [],
})
const low = (name: string) => ({ ...node(name, true, amd), diskLow: '1.0 MiB of 9.0 GiB free' })
const drained = (name: string) => ({ ...node(name, true, amd), drained: 'a new driver' })

it.each([
  [null, [], 'no node has joined yet'],
  [arm, [node('a', true, amd)], 'no node builds for linux/arm64'],
  [null, [node('a', true, amd), node('b', false, amd)], 'all 1 ready nodes are full'],
  [
    arm,
    [node('a', true, amd, arm), node('b', true, amd)],
    'all 1 ready nodes that build for linux/arm64 are full',
  ],
  [
    null,
    [low('a'), low('b'), node('c', false, amd)],
    'all 2 ready nodes make room on their disks first: a: 1.0 MiB of 9.0 GiB free',
  ],
  [
    amd,
    [low('a'), node('b', true, amd)],
    'all 1 ready nodes that build for linux/amd64 with room on their disks are full',
  ],
  [null, [drained('a'), node('b', true, amd)], 'all 1 ready nodes are full'],
  [
    null,
    [drained('a'), node('b', false, amd)],
    'all 1 ready nodes take no more builds: a: a new driver',
  ],
  [
    arm,
    [node('a', false, arm), node('b', true, amd)],
    'all nodes that build for linux/arm64 are offline: a',
  ],
  [
    null,
    ['a', 'b', 'c', 'd', 'e'].map((name) => node(name, false, amd)),
    'all nodes are offline: a, b, c and 2 more',
  ],
])('%s on %j', (platform, nodes, reason) =>
  expect(sayWait(explainWait({ platform }, nodes)).en).toBe(reason),
)

it('of one that needs a GPU names only the nodes that have one for it', () => {
  const gpu = { facts: undefined, refused: [], waited: false }
  const card = { uuid: 'GPU-a', name: 'A100', driver: '580.65.06', memory_bytes: 1 }
  const withGpu = (id: string, ready = true) => ({
    ...node(id, ready, amd),
    gpus: [{ nodeId: id, nodeName: id, arch: 'x64', gpu: card, freeBytes: undefined }],
  })
  const nodes = [withGpu('a'), withGpu('off', false), node('b', true, amd)]
  expect(sayWait(explainWait({ platform: null, gpu }, nodes)).en).toBe(
    'all 1 ready nodes that have a GPU for it are full',
  )
  expect(sayWait(explainWait({ platform: amd, gpu }, nodes)).en).toBe(
    'all 1 ready nodes that build for linux/amd64 and have a GPU for it are full',
  )
  const refused = { ...gpu, refused: [{ nodeId: 'a', uuid: '' }] }
  expect(sayWait(explainWait({ platform: null, gpu: refused }, nodes)).en).toBe(
    'all 2 ready nodes are full',
  )
})

it('says it in Chinese as well', () => {
  const reason = explainWait({ platform: arm }, [node('a', true, arm), node('b', true, arm)])
  expect(sayWait(reason).zh).toBe('全部 2 个在线节点（能为 linux/arm64 构建）已满')
  expect(sayWait({ code: 'project_cap', project: 'p', running: 4, max: 4 })).toEqual({
    en: 'project p has 4 of 4 builds running',
    zh: '项目 p 正在运行 4 个构建，上限为 4 个',
  })
})
