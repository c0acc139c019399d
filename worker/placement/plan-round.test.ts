import { expect, it } from 'vitest'
import { sayPlacement } from '#contract/placement-reason.ts'
import { sayWait } from '#contract/wait-reason.ts'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import type { KnownNode } from '../../records/known-nodes.ts'
import type { Lane, WaitingBuild } from '../../records/lanes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import type { UserShare } from '../../records/user-shares.ts'
import { openLanes } from './open-lanes.ts'
import { planRound } from './plan-round.ts'

const node = (id: string, slots: number, busy: number, platforms = ['linux/amd64']) => ({
  id,
  name: id,
  incarnation: '',
  slots,
  busy,
  ready: true,
  diskLow: null,
  drained: null,
  cordoned: false,
  platforms,
  gpus: [],
})

interface Example extends Partial<Omit<WaitingBuild, 'id'>> {
  readonly id: string
  readonly project?: number
  readonly user?: string
  readonly raised?: number
  readonly scheduled?: boolean
}

interface Terms {
  readonly shares?: readonly Partial<ShareOf>[]
  readonly users?: readonly (Partial<UserShare> & { readonly project: number })[]
  readonly farm?: Partial<Queue['farm']>
  /** Builds of each lane that are read. */
  readonly read?: number
}
type ShareOf = Queue['projects'] extends ReadonlyMap<number, infer S> ? S : never

const free = { maxRunning: null, maxPerUser: null, running: 0, paused: null, pausedAt: null }

/** A round over these builds, each lane in the order in which they are given. */
function round(
  builds: readonly Example[],
  nodes: readonly KnownNode[],
  { shares = [], users = [], farm = {}, read = Infinity }: Terms = {},
) {
  const lanes = new Map<string, { lane: Lane; builds: WaitingBuild[] }>()
  for (const [
    since,
    { project = 1, user = '', raised = 0, scheduled = false, ...build },
  ] of builds.entries()) {
    const { platform = null, gpu } = build
    const needsGpu = gpu !== undefined
    const place = { platform, needsGpu, wantedNode: null }
    const lane = { projectId: project, user, raised, scheduled, ...place }
    const key = JSON.stringify(lane)
    const line = lanes.get(key) ?? { lane, builds: [] }
    line.builds.push({ image: build.id, since, yields: false, platform, ...build })
    lanes.set(key, line)
  }
  const ids = new Set(builds.map(({ project = 1 }) => project))
  const projects = Array.from(ids, (id) => {
    const names = new Set(
      builds.filter(({ project = 1 }) => project === id).map(({ user = '' }) => user),
    )
    const own = users.filter(({ project }) => project === id)
    const shareOf = (name: string): UserShare => {
      const usual = { name, weight: 1, served: 0, running: 0, everywhere: 0 }
      return { ...usual, ...own.find((one) => one.name === name) }
    }
    const of = new Map(Array.from(names, (name) => [name, shareOf(name)]))
    const usual = {
      id,
      name: `p${id}`,
      weight: 1,
      served: 0,
      userVirtualTime: 0,
      users: of,
      ...free,
    }
    return { ...usual, ...shares.find((share) => share.id === id) }
  })
  const queue: Queue = {
    farm: { virtualTime: 0, ...free, ...farm },
    projects: new Map(projects.map((share) => [share.id, share])),
    lanes: Array.from(lanes.values(), ({ lane }) => lane),
    nodes,
  }
  const open = new Set(openLanes(queue))
  return planRound(
    queue,
    Array.from(lanes.values(), ({ lane, builds: all }) => {
      const heads = all.slice(0, read)
      return { lane, builds: heads, more: heads.length === read }
    }).filter(({ lane }) => open.has(lane)),
  )
}

const waiting = ['a', 'b', 'c', 'd'].map((id) => ({ id }))
const placesOf = ({ placements }: ReturnType<typeof round>) =>
  placements.map(({ buildId, node: { id } }) => [buildId, id])
const idsOf = ({ placements }: ReturnType<typeof round>) => placements.map(({ buildId }) => buildId)
const servedOf = ({ served }: ReturnType<typeof round>) =>
  new Map(served.map((one) => [one.projectId, one.served]))
const of = (project: number, count: number, more: Partial<Example> = {}) =>
  Array.from({ length: count }, (_, at) => ({ id: `p${project}-${at}`, project, ...more }))

it('fills every place and leaves the rest waiting', () => {
  const planned = round(waiting, [node('n1', 2, 1), node('n2', 2, 0)])
  expect(placesOf(planned).map(([id]) => id)).toEqual(['a', 'b', 'c'])
  expect(placesOf(planned).filter(([, at]) => at === 'n2')).toHaveLength(2)
  expect(planned.lanes).toMatchObject([{ open: true, reason: { code: 'full', count: 2 } }])
})

it('gives a build a node of its platform, and passes over those that find none', () => {
  const builds = [
    { id: 'a', platform: 'linux/s390x' },
    { id: 'b', platform: 'linux/arm64' },
    { id: 'c', platform: 'linux/arm64' },
    { id: 'd', platform: 'linux/amd64' },
  ]
  const nodes = [node('big', 8, 0), node('arm', 1, 0, ['linux/arm64', 'linux/arm/v7'])]
  const planned = round(builds, nodes)
  expect(placesOf(planned)).toEqual([
    ['b', 'arm'],
    ['d', 'big'],
  ])
  expect(planned.lanes).toMatchObject([
    { lane: { platform: 'linux/s390x' }, open: false, reason: { code: 'no_builder' } },
    { lane: { platform: 'linux/arm64' }, open: true, reason: { code: 'full' } },
  ])
})

const fleet = (count: number, slots: number, busy = 0) =>
  Array.from({ length: count }, (_, at) => node(`n${at}`, slots, busy))
const homeOf = (nodes: readonly KnownNode[], image: string, project = 1) =>
  round([{ id: 'a', image, project }], nodes).placements[0]?.node.id

it('brings the builds of an image back to the node that has its cache, and says so', () => {
  const home = homeOf(fleet(8, 4), 'team/app')
  for (let again = 0; again < 3; again += 1) {
    const busy = fleet(8, 4, again)
    expect(homeOf(busy.toReversed(), 'team/app')).toBe(home)
  }
  const [placed] = round([{ id: 'a', image: 'team/app' }], fleet(8, 4)).placements
  expect(placed && sayPlacement(placed.reason).en).toBe(
    `${home} is where team/app has its cache, with 4 of 4 slots free, of 8 ready nodes`,
  )
  const homes = Array.from({ length: 400 }, (_, at) => homeOf(fleet(8, 4), `team/app-${at}`))
  for (const { id } of fleet(8, 4)) {
    expect(homes.filter((one) => one === id).length).toBeGreaterThan(25)
  }
  const others = homes.map((_, at) => homeOf(fleet(8, 4), `team/app-${at}`, 2))
  expect(others.filter((one, at) => one === homes[at]).length).toBeLessThan(100)
})

it('moves only the images of a node that goes', () => {
  const images = Array.from({ length: 200 }, (_, at) => `team/app-${at}`)
  const nodes = fleet(8, 4)
  const fewer = nodes.filter(({ id }) => id !== 'n3')
  const moved = images.filter((image) => homeOf(nodes, image) !== homeOf(fewer, image))
  expect(moved.length).toBeGreaterThan(0)
  expect(moved.every((image) => homeOf(nodes, image) === 'n3')).toBe(true)
})

it('lets a larger node have more images', () => {
  const nodes = [node('small', 2, 0), node('large', 6, 0)]
  const homes = Array.from({ length: 400 }, (_, at) => homeOf(nodes, `team/app-${at}`))
  const large = homes.filter((id) => id === 'large').length
  expect(large).toBeGreaterThan(250)
  expect(large).toBeLessThan(350)
})

it('sends no more than its share to the node that has the cache, and says where it would have gone', () => {
  const builds = Array.from({ length: 10 }, (_, at) => ({ id: `${at}`, image: 'team/app' }))
  const { placements } = round(builds, fleet(5, 8))
  const home = homeOf(fleet(5, 8), 'team/app')
  const most = placements.filter(({ node: { id } }) => id === home).length
  expect(most).toBeLessThanOrEqual(Math.ceil((1.25 * 10) / 5))
  expect(new Set(placements.map(({ node: { id } }) => id)).size).toBeGreaterThanOrEqual(4)
  const [other] = placements.filter(({ node: { id } }) => id !== home)
  expect(other && sayPlacement(other.reason).en).toMatch(
    new RegExp(`; ${home}, where team/app has its cache, has its share of builds already$`),
  )
})

it('goes anywhere with room when the node that has the cache is full', () => {
  const nodes = fleet(2, 2)
  const home = homeOf(nodes, 'team/app')
  const full = nodes.map((each) => (each.id === home ? { ...each, busy: 2 } : each))
  const [placed] = round([{ id: 'a', image: 'team/app', platform: 'linux/amd64' }], full).placements
  const other = full.find(({ id }) => id !== home)?.id
  expect(placed && sayPlacement(placed.reason).en).toBe(
    `${other} has 2 of 2 slots free, of 2 ready nodes that build for linux/amd64; ${home}, where team/app has its cache, is full`,
  )
})

it('places nothing on a full farm', () => {
  expect(placesOf(round(waiting, [node('n1', 1, 1)]))).toEqual([])
  expect(placesOf(round(waiting, []))).toEqual([])
})

it('gives every place that becomes free to the project with less than its share', () => {
  const builds = [...of(1, 50), ...of(2, 3)]
  const shares = [{ id: 1, running: 8 }]
  expect(idsOf(round(builds, [node('n1', 10, 8)], { shares }))).toEqual(['p2-0', 'p2-1'])
  const later = round(builds, [node('n1', 10, 4)], { shares: [{ id: 1, running: 4 }] })
  expect(idsOf(later)).toEqual(['p2-0', 'p2-1', 'p2-2', 'p1-0', 'p1-1', 'p1-2'])
})

it('gives a project of three times the weight three times the places', () => {
  const shares = [{ id: 1, weight: 3 }]
  const ids = idsOf(round([...of(1, 20), ...of(2, 20)], [node('n1', 8, 0)], { shares }))
  expect(ids.filter((id) => id.startsWith('p1'))).toHaveLength(6)
  expect(ids.filter((id) => id.startsWith('p2'))).toHaveLength(2)
})

it('keeps to the weights one after the other, where there is one place only', () => {
  let served: ReadonlyMap<number, number> = new Map()
  let virtualTime = 0
  const order: string[] = []
  for (let turn = 0; turn < 8; turn += 1) {
    const shares = [
      { id: 1, weight: 3, served: served.get(1) ?? 0 },
      { id: 2, served: served.get(2) ?? 0 },
    ]
    const next = round([...of(1, 20), ...of(2, 20)], [node('n1', 1, 0)], {
      shares,
      farm: { virtualTime },
    })
    served = new Map([...served, ...servedOf(next)])
    virtualTime = next.virtualTime
    order.push(...idsOf(next).map((id) => id.slice(0, 2)))
  }
  expect(order.filter((id) => id === 'p1')).toHaveLength(6)
  expect(order.filter((id) => id === 'p2')).toHaveLength(2)
})

it('owes nothing to a project for the time when it had nothing to place', () => {
  const shares = [{ id: 1, served: 900 }]
  const farm = { virtualTime: 900 }
  const first = round([...of(1, 9), ...of(2, 9)], [node('n1', 4, 0)], { shares, farm })
  expect(idsOf(first)).toEqual(['p1-0', 'p2-0', 'p1-1', 'p2-1'])
  expect(servedOf(first)).toEqual(new Map([1, 2].map((id) => [id, 902])))
  expect(first.virtualTime).toBe(902)
})

it('stops at the cap of a project and of the farm, and says at which', () => {
  const builds = [...of(1, 5), ...of(2, 5)]
  const shares = [{ id: 1, maxRunning: 4, running: 3 }]
  const farm = { maxRunning: 6, running: 3 }
  const planned = round(builds, [node('n1', 20, 3)], { shares, farm })
  expect(idsOf(planned)).toEqual(['p2-0', 'p2-1', 'p2-2'])
  const next = round(builds, [node('n1', 20, 3)], { shares, farm: { running: 3 } })
  expect(idsOf(next)).toEqual(['p2-0', 'p2-1', 'p2-2', 'p1-0', 'p2-3', 'p2-4'])
  expect(next.lanes).toEqual([
    {
      lane: expect.objectContaining({ projectId: 1 }),
      open: false,
      reason: { code: 'project_cap', project: 'p1', running: 4, max: 4 },
    },
  ])
  expect(planned.lanes.map(({ reason }) => reason)).toEqual([
    { code: 'farm_cap', running: 6, max: 6 },
    { code: 'farm_cap', running: 6, max: 6 },
  ])
})

it('takes what an operator has put first before the rest, whosever it is, and what can wait last', () => {
  const builds = [
    { id: 'last', project: 2, raised: -1 },
    ...of(1, 2),
    { id: 'first', project: 1, raised: 1 },
  ]
  const shares = [{ id: 1, running: 2 }]
  const planned = round(builds, [node('n1', 6, 2)], { shares })
  expect(idsOf(planned)).toEqual(['first', 'p1-0', 'p1-1', 'last'])
})

it('takes what somebody waits for before what is scheduled, until that has waited long enough', () => {
  const scheduled = { scheduled: true, yields: true }
  const builds = [...of(1, 1, scheduled), ...of(2, 2)]
  const shares = [{ id: 2, running: 4 }]
  const nodes = [node('n1', 6, 4)]
  expect(idsOf(round(builds, nodes, { shares }))).toEqual(['p2-0', 'p2-1'])
  const aged = [...of(1, 1, { ...scheduled, yields: false }), ...of(2, 2)]
  expect(idsOf(round(aged, nodes, { shares }))).toEqual(['p1-0', 'p2-0'])
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
  gpu: { facts, refused, waited },
})

it('gives a build that needs a GPU a node whose GPU its image runs on', () => {
  const [placed] = round([build([])], gpuNodes).placements
  expect(placed?.node.id).toBe('new')
  expect(placed && sayPlacement(placed.reason)).toEqual({
    en: 'new is where a has its cache, with 2 of 2 slots free, of 1 ready nodes that have a GPU for it',
    zh: 'new 有 a 的缓存，空闲 2/2 个位置（共 1 个在线节点，有适合的 GPU）',
  })
})

it('keeps it from the GPU that failed it, not from the next one of the same node', () => {
  const once = [{ nodeId: 'new', uuid: 'GPU-1' }]
  expect(round([build(once)], gpuNodes).placements).toMatchObject([{ node: { id: 'new' } }])
  const twice = [...once, { nodeId: 'new', uuid: 'GPU-2' }]
  for (const refused of [twice, [{ nodeId: 'new', uuid: '' }]]) {
    const [placed] = round([build(refused)], gpuNodes).placements
    expect(placed && sayPlacement(placed.reason).en).toMatch(
      /of 3 ready nodes; no ready node has a GPU for it, so its policy decides$/,
    )
  }
})

it('lets it wait for the node that has one, and the others pass', () => {
  const full = gpuNodes.map((each) => (each.id === 'new' ? { ...each, busy: 2 } : each))
  const placed = round([build([]), { id: 'b' }], full)
  expect(idsOf(placed)).toEqual(['b'])
  const reason = { code: 'full', count: 1, gpu: true }
  expect(placed.builds).toEqual([{ id: 'a', reason }])
})

it('lets it wait no longer than its policy does, and never pass a node that has one and room', () => {
  expect(round([build([], true)], gpuNodes).placements).toMatchObject([
    { node: { id: 'new' }, gpuWaited: false },
  ])
  const full = gpuNodes.map((each) => (each.id === 'new' ? { ...each, busy: 2 } : each))
  expect(round([build([], true)], full).placements).toMatchObject([
    {
      node: { id: 'cpu' },
      gpuWaited: true,
      reason: { by: { policy: 'gpu_waited' } },
    },
  ])
})

it('lets the users of a project take turns, however many builds one has before the others', () => {
  const builds = [...of(1, 20, { user: 'ada' }), { id: 'b', user: 'bob' }, { id: 'c', user: 'cai' }]
  expect(idsOf(round(builds, [node('n1', 4, 0)]))).toEqual(['p1-0', 'b', 'c', 'p1-1'])
  const users = [{ project: 1, name: 'bob', running: 2 }]
  expect(idsOf(round(builds, [node('n1', 4, 0)], { users }))).toEqual(['p1-0', 'c', 'p1-1', 'b'])
})

it('lets them do so one after the other, where there is one place only', () => {
  const builds = [
    ...of(1, 9, { user: 'ada' }),
    { id: 'b0', user: 'bob' },
    { id: 'b1', user: 'bob' },
  ]
  const order: string[] = []
  let users: { project: number; name: string; served: number }[] = []
  let userVirtualTime = 0
  for (let turn = 0; turn < 6; turn += 1) {
    const left = builds.filter(({ id }) => !order.includes(id))
    const next = round(left, [node('n1', 1, 0)], { users, shares: [{ id: 1, userVirtualTime }] })
    order.push(...idsOf(next))
    const [served] = next.served
    if (served === undefined) throw new Error('one was placed')
    userVirtualTime = served.userVirtualTime
    const known = new Map([
      ...users.map(({ name, served: by }) => [name, by] as const),
      ...served.users,
    ])
    users = Array.from(known, ([name, by]) => ({ project: 1, name, served: by }))
  }
  expect(order).toEqual(['p1-0', 'b0', 'p1-1', 'b1', 'p1-2', 'p1-3'])
})

it('gives a project no more for having more users', () => {
  const many = Array.from({ length: 6 }, (_, at) => of(1, 2, { user: `u${at}` }))
  const ids = idsOf(
    round(
      [...many.flat().map((one, at) => ({ ...one, id: `p1-${at}` })), ...of(2, 9)],
      [node('n1', 8, 0)],
    ),
  )
  expect(ids.filter((id) => id.startsWith('p2'))).toHaveLength(4)
})

it('ends where one has its turn of whom more wait than were read', () => {
  const builds = [
    ...of(1, 9),
    ...of(2, 9, { user: 'ada' }).map((one) => ({ ...one, id: `a${one.id}` })),
  ]
  const more = [...builds, ...of(2, 9, { user: 'bob' })]
  expect(idsOf(round(more, [node('n1', 20, 0)], { read: 2 }))).toEqual([
    'p1-0',
    'ap2-0',
    'p1-1',
    'p2-0',
  ])
})

it('stops at the cap of a user, in the project and on the farm, and says at which', () => {
  const builds = [
    ...of(1, 5, { user: 'ada' }),
    { id: 'b', user: 'bob' },
    ...of(2, 2, { user: 'ada' }),
    { id: 'n' },
  ]
  const users = [
    { project: 1, name: 'ada', running: 1, everywhere: 2 },
    { project: 2, name: 'ada', running: 1, everywhere: 2 },
  ]
  const inProject = round(builds, [node('n1', 20, 2)], {
    users,
    shares: [{ id: 1, maxPerUser: 2 }],
  })
  expect(idsOf(inProject).toSorted()).toEqual(['b', 'n', 'p1-0', 'p2-0', 'p2-1'])
  const ofProject = { code: 'user_cap', user: 'ada', project: 'p1', running: 2, max: 2 } as const
  expect(inProject.lanes.map(({ reason }) => reason)).toEqual([ofProject])
  const onFarm = round(builds, [node('n1', 20, 2)], { users, farm: { maxPerUser: 3 } })
  expect(idsOf(onFarm).filter((id) => id.startsWith('p'))).toHaveLength(1)
  expect(idsOf(onFarm)).toEqual(expect.arrayContaining(['b', 'n']))
  const ofFarm = { code: 'user_cap', user: 'ada', running: 3, max: 3 } as const
  expect(onFarm.lanes.map(({ reason }) => reason)).toEqual([ofFarm, ofFarm])
  expect([ofProject, ofFarm].map(sayWait)).toEqual([
    {
      en: 'ada has 2 of 2 builds running in project p1',
      zh: '用户 ada 在项目 p1 中正在运行 2 个构建，上限为 2 个',
    },
    { en: 'ada has 3 of 3 builds running', zh: '用户 ada 正在运行 3 个构建，上限为 3 个' },
  ])
})
