import { expect, it } from 'vitest'
import { exampleImages } from '../cuda/verdict/fixtures/example-fleet.ts'
import { exampleGpu } from '../test/gate/example-gpu.ts'
import { judgeCell } from './judge-cell.ts'
import type { Known } from './read-known.ts'

const facts = exampleImages.get('torch 2.15.0 (cu132)')
const a100 = exampleGpu('GPU-a', { driver: '535.104.05' })
const upgraded = { ...a100, driver: '595.58.03' }
const proof = {
  digest: 'sha256:a',
  evidence: 'measured' as const,
  passed: true,
  gpu: { ...a100, uuid: 'GPU-of-another-node' },
  arch: 'x64',
  nodeId: 'node-1',
  nodeName: 'one',
  buildId: 'build-1',
  attempt: 1,
  nonce: 'nonce-of-this-run',
  attachedAs: null,
  attachAt: null,
  givenUpAt: null,
  at: new Date(0),
  reasons: [] as { code: string; severity: 'error' | 'note'; params: object }[],
}
const withReason = (code: string, severity: 'error' | 'note', change: object = {}) =>
  ({ ...proof, reasons: [{ code, severity, params: {} }], ...change }) as typeof proof & {
    reasons: { code: string; severity: 'error' | 'note'; params: Record<string, string> }[]
  }
const judged = (gpu: typeof a100, ...proofs: Known['proofs']) => {
  const { verdict, evidence } = judgeCell({ facts, proofs }, gpu, 'x64')
  return [verdict, evidence]
}
const passed = withReason('LOADER_STEERED', 'note')

it('takes what was measured on the same class over what the files say', () => {
  expect(judged(a100)).toEqual(['will_not_run', 'computed'])
  expect(judged(a100, passed)).toEqual(['runs_with_notes', 'measured'])
})

it('falls back to the files when the driver is another one, up or down', () => {
  expect(judged(upgraded, passed)).toEqual(['runs', 'computed'])
  expect(judged({ ...a100, driver: '525.60.13' }, passed)).toEqual(['will_not_run', 'computed'])
})

it('counts for no other memory, instance, architecture or stand-in', () => {
  const others = [{ memory_bytes: 1 }, { mig: '1g.10gb' }, { simulated: true }]
  for (const change of others) {
    expect(judged({ ...a100, ...change }, passed)).toEqual(['will_not_run', 'computed'])
  }
  expect(judgeCell({ facts, proofs: [passed] }, a100, 'arm64').evidence).toBe('computed')
})

it('takes a failure as much as a pass', () => {
  const failed = withReason('FRAMEWORK_CPU_ONLY', 'error', { passed: false, gpu: upgraded })
  expect(judged(upgraded, failed)).toEqual(['will_not_run', 'measured'])
})

it('never calls a stand-in measured, and does not know what nobody has read', () => {
  const standIn = { ...a100, simulated: true }
  const simulated = { ...passed, evidence: 'simulated' as const, gpu: standIn }
  expect(judged(standIn, simulated)).toEqual(['runs_with_notes', 'simulated'])
  expect(judgeCell({ facts: undefined, proofs: [] }, a100, 'x64').verdict).toBe('unknown')
})
