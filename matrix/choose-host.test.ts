import { expect, it } from 'vitest'
import type { Host, WaitingEnvironment } from '../records/environment-placement.ts'
import { chooseHost, explainUnfit } from './choose-host.ts'

const gib = 1024 ** 3
const gpu = (uuid: string) => ({ uuid, name: 'A100', driver: '580.65.06', memory_bytes: gib })
const host = (name: string, given: Partial<Host> = {}): Host => ({
  id: name,
  name,
  ready: true,
  able: true,
  drained: null,
  diskLow: null,
  platforms: ['linux/amd64'],
  cores: 8,
  memoryBytes: 10 * gib,
  usedCpu: 0,
  usedMemory: 0,
  gpus: [],
  volumes: [],
  ...given,
})
const waiting: WaitingEnvironment = {
  environmentId: 'env-1',
  start: 1,
  nodeId: null,
  platform: 'linux/amd64',
  cpu: 2,
  memoryBytes: gib,
  gpu: false,
  digest: 'sha256:0',
  volumes: [],
}
const any = () => true
const data = { volume: 'data', path: '/data', read_only: false }
const scratch = { name: 'scratch', mode: 'projects' } as const

it('takes the node with the most memory free that has room', () => {
  const hosts = [
    host('a', { usedMemory: 5 * gib }),
    host('b'),
    host('full', { memoryBytes: 99 * gib, usedCpu: 7 }),
  ]
  expect(chooseHost(waiting, hosts, any)).toMatchObject({
    host: { id: 'b' },
    reason: 'b has the most memory free of 3 nodes that fit',
  })
})

it('takes only a node that offers its volumes as it wants them', () => {
  const hosts = [
    host('none'),
    host('reads', { volumes: [{ name: 'data', mode: 'ro' }], usedMemory: gib }),
    host('writes', { volumes: [{ name: 'data', mode: 'rw' }], usedMemory: 2 * gib }),
  ]
  const placed = (wanted: typeof data) => chooseHost({ ...waiting, volumes: [wanted] }, hosts, any)
  expect(placed(data)).toMatchObject({ host: { id: 'writes' } })
  expect(placed({ ...data, read_only: true })).toMatchObject({ host: { id: 'reads' } })
})

it('starts again only where the files are', () => {
  const hosts = [host('a', { drained: 'a new driver' }), host('b')]
  expect(chooseHost({ ...waiting, nodeId: 'a' }, hosts, any)).toEqual({
    en: 'no node that fits can take it now: a takes no more work: a new driver',
    zh: '适合的节点目前都不可用：a 不再接受任务：a new driver',
  })
  expect(chooseHost({ ...waiting, nodeId: 'gone' }, hosts, any)).toMatchObject({
    en: 'the node that has its files is no longer registered',
  })
})

it('gives the first free GPU that fits, and waits for one that is taken', () => {
  const gpus = [
    { gpu: gpu('GPU-1'), arch: 'x64', isTaken: true },
    { gpu: gpu('GPU-2'), arch: 'x64', isTaken: false },
    { gpu: gpu('GPU-3'), arch: 'x64', isTaken: false },
  ]
  const wish = { ...waiting, gpu: true }
  const fits = ({ gpu: { uuid } }: (typeof gpus)[number]) => uuid !== 'GPU-2'
  expect(chooseHost(wish, [host('cpu'), host('a', { gpus })], fits)).toMatchObject({
    host: { id: 'a' },
    gpu: { uuid: 'GPU-3' },
  })
  expect(chooseHost(wish, [host('a', { gpus: gpus.slice(0, 1) })], fits)).toMatchObject({
    en: 'all 1 nodes that fit are full, or their GPUs are taken',
  })
  expect(chooseHost(wish, [host('cpu')], fits)).toMatchObject({
    en: 'no node that it may run on has a GPU that its image fits',
  })
})

it.each([
  [{}, [], 'no node has joined'],
  [{}, [host('a', { able: false })], 'no node of this farm runs environments'],
  [{ platform: 'linux/arm64' }, [host('a')], 'build it for linux/amd64'],
  [{ cpu: 9 }, [host('a')], 'ask for at most cpu 8'],
  [{ memoryBytes: 10 * gib }, [host('a')], 'ask for at most memory_bytes 9663676416'],
  [{ volumes: [data] }, [host('a')], 'offers the volume data: none is offered'],
  [{ volumes: [data] }, [host('a', { volumes: [scratch] })], 'there are scratch'],
  [
    { volumes: [data] },
    [host('a', { volumes: [{ name: 'data', mode: 'ro' }] })],
    'ask for it with read_only',
  ],
  [
    { volumes: [data, { ...data, volume: 'scratch', path: '/b' }] },
    [host('a', { volumes: [scratch] }), host('b', { volumes: [{ name: 'data', mode: 'rw' }] })],
    'no single node offers the volumes data, scratch together',
  ],
  [
    { platform: 'linux/arm64', volumes: [{ ...data, volume: 'scratch' }] },
    [host('a', { platforms: ['linux/arm64'] }), host('b', { volumes: [scratch] })],
    'no node that has its volumes is: build it for linux/amd64',
  ],
  [
    { cpu: 9, memoryBytes: 5 * gib },
    [host('a'), host('b', { cores: 16, memoryBytes: gib })],
    'no single node has 9 cores together',
  ],
])('says of %j on %j what would help', (wish, hosts, text) =>
  expect(explainUnfit({ ...waiting, ...wish }, hosts)?.en).toContain(text),
)

it('finds nothing wrong with what fits, also while its platform is not known', () => {
  expect(explainUnfit({ ...waiting, platform: null }, [host('a')])).toBeUndefined()
})
