import { expect, it } from 'vitest'
import type { EvidenceUpload } from '#contract/verification.ts'
import { exampleUuid, passed } from '../../test/example-report.ts'
import { checkEvidence } from './check-evidence.ts'

const gpu = { uuid: exampleUuid, name: 'A100', driver: '580.65.06', memory_bytes: 1 }
const simulated = { ...gpu, simulated: true }
const digest = `sha256:${'a'.repeat(64)}`
const at = '2026-01-01T00:00:00.000Z'
const nonce = 'nonce-of-this-run'
const driver = passed({ nonce })
const measured: EvidenceUpload = {
  digest,
  nonce,
  evidence: 'measured',
  passed: true,
  gpu,
  started_at: at,
  finished_at: at,
  runs: [
    { driver: passed({ nonce: 'earlier', ok: false }), error: '' },
    { driver, error: '' },
  ],
  reasons: [],
}
const run = (change: Parameters<typeof passed>[0]) => ({
  ...measured,
  runs: [{ driver: { ...driver, ...change }, error: '' }],
})

it('takes what the probe reported on the GPU that was granted', () => {
  expect(checkEvidence(measured, gpu)).toBeUndefined()
  const stand = { ...run({ simulated: true }), evidence: 'simulated' as const, gpu: simulated }
  expect(checkEvidence(stand, simulated)).toBeUndefined()
})

it('takes a failure without a report, and a verdict from files without any', () => {
  expect(checkEvidence({ ...measured, passed: false, runs: [] }, gpu)).toBeUndefined()
  const { gpu: _none, ...rest } = measured
  expect(checkEvidence({ ...rest, evidence: 'computed', runs: [] }, undefined)).toBeUndefined()
})

it.each([
  ['a GPU without a grant', measured, undefined, 'was granted no GPU'],
  ['another GPU', measured, { ...gpu, uuid: 'GPU-other' }, 'was granted GPU-other'],
  ['a stand-in as measured', measured, simulated, 'measures nothing'],
  ['a simulated driver as measured', run({ simulated: true }), gpu, 'simulated driver'],
  ['a pass without a report', { ...measured, runs: [{ error: '' }] }, gpu, 'no probe reports'],
  ['a pass of a probe that failed', run({ ok: false }), gpu, 'no probe reports'],
  ['a report of another run', run({ nonce: 'stale' }), gpu, 'another nonce'],
  ['a probe that saw no device', run({ devices: [] }), gpu, 'another GPU'],
  ['a probe for a verdict from files', { ...measured, evidence: 'none' as const }, gpu, 'no probe'],
])('refuses %s', (_case, upload, granted, problem) => {
  expect(checkEvidence(upload, granted)).toContain(problem)
})
