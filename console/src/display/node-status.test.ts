import { expect, it } from 'vitest'
import { nodeStatus } from './node-status.ts'

const ready = { status: 'ready', disk_low: null, drain: null, cordon: null } as const
const cordon = { since: '2026-11-30T00:00:00Z', reason: 'fan' }

it.each([
  [ready, 'ready'],
  [{ ...ready, disk_low: '2 % free' }, 'disk_low'],
  [{ ...ready, cordon }, 'cordoned'],
  [{ ...ready, disk_low: '2 % free', cordon }, 'cordoned'],
  [{ ...ready, cordon, drain: { done: false } }, 'draining'],
  [{ ...ready, drain: { done: true } }, 'drained'],
  [{ ...ready, status: 'lost', cordon }, 'lost'],
  [{ ...ready, status: 'lost', shut_out: { quarantined: true } }, 'shut_out'],
  [{ ...ready, status: 'lost', shut_out: {}, removed_at: '2026-11-30T00:00:00Z' }, 'removed'],
] as const)('%j is %s', (node, status) => {
  expect(nodeStatus(node)).toBe(status)
})
