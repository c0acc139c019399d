import { expect, it } from 'vitest'
import { chooseNodes } from './choose-nodes.ts'

const node = (id: string, slots: number, busy: number, platforms = ['linux/amd64']) => ({
  id,
  name: id,
  incarnation: '',
  slots,
  busy,
  ready: true,
  platforms,
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
