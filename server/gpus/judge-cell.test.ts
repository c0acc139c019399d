import { expect, it } from 'vitest'
import { exampleImages } from '../../cuda/verdict/fixtures/example-fleet.ts'
import { exampleGpu } from '../../test/gate/example-gpu.ts'
import { judgeCell } from './judge-cell.ts'

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
  at: new Date(0),
  reasons: [] as { code: string; severity: 'error' | 'note'; params: object }[],
}
const withReason = (code: string, severity: 'error' | 'note', change: object = {}) =>
  ({ ...proof, reasons: [{ code, severity, params: {} }], ...change }) as typeof proof & {
    reasons: { code: string; severity: 'error' | 'note'; params: Record<string, string> }[]
  }
const judged = (gpu: typeof a100, ...proofs: Parameters<typeof judgeCell>[3][number][]) => {
  const { verdict, evidence } = judgeCell(facts, gpu, 'x64', proofs)
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
  expect(judgeCell(facts, a100, 'arm64', [passed]).evidence).toBe('computed')
})

it('takes a failure of the image, and none of the node', () => {
  const own = withReason('WRONG_RESULT', 'error', { passed: false })
  expect(judged(upgraded, { ...own, gpu: upgraded })).toEqual(['runs', 'computed'])
  const image = withReason('FRAMEWORK_CPU_ONLY', 'error', { passed: false, gpu: upgraded })
  expect(judged(upgraded, image)).toEqual(['will_not_run', 'measured'])
})

it('takes the newest', () => {
  const failed = withReason('FRAMEWORK_CPU_ONLY', 'error', { passed: false })
  expect(judged(a100, passed, failed)).toEqual(['runs_with_notes', 'measured'])
})

it('never calls a stand-in measured, and does not know what nobody has read', () => {
  const standIn = { ...a100, simulated: true }
  const simulated = { ...passed, evidence: 'simulated' as const, gpu: standIn }
  expect(judged(standIn, simulated)).toEqual(['runs_with_notes', 'simulated'])
  expect(judgeCell(undefined, a100, 'x64', []).verdict).toBe('unknown')
})
