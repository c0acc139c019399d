import { expect, it } from 'vitest'
import type { KnownNode } from '../../records/known-nodes.ts'
import type { Queue } from '../../records/place-waiting.ts'
import { preferReal } from './prefer-real.ts'

const node = (name: string, simulated: boolean, ready = true): KnownNode => ({
  id: `node-${name}`,
  name,
  incarnation: '',
  slots: 1,
  busy: 0,
  simulated,
  ready,
  diskLow: null,
  drained: null,
  cordoned: false,
  platforms: ['linux/amd64'],
  gpus: [],
})
const queueOf = (nodes: readonly KnownNode[]): Queue => ({
  farm: {
    maxRunning: null,
    maxPerUser: null,
    paused: null,
    pausedAt: null,
    virtualTime: 0,
    running: 0,
  },
  projects: new Map(),
  lanes: [],
  nodes,
})
const left = (...nodes: KnownNode[]) => preferReal(queueOf(nodes)).nodes.map(({ name }) => name)

it('gives builds to nodes that pretend only where there are no others', () => {
  expect(left(node('a', true), node('b', true))).toEqual(['a', 'b'])
  expect(left(node('a', true), node('b', false), node('c', false))).toEqual(['b', 'c'])
  // The one that builds will be back.
  expect(left(node('a', true), node('b', false, false))).toEqual(['b'])
})
