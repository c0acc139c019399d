import { expect, it } from 'vitest'
import type { EvidenceUpload } from '#contract/verification.ts'
import { exampleUuid, passed } from '../../test/example-report.ts'
import { checkEvidence, type Known } from './check-evidence.ts'

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

const known = (granted: typeof simulated | typeof gpu | undefined, rest: Partial<Known> = {}) => ({
  granted: granted && { gpu: granted, isHeld: true },
  isBuilt: true,
  policy: { mode: 'require_gpu', wait_seconds: 1 } as const,
  computed: undefined,
  ...rest,
})
const { gpu: _none, ...rest } = measured
const computed = { ...rest, evidence: 'computed' as const, runs: [] }
const unverified = { ...rest, evidence: 'none' as const, runs: [] }
const lenient = { mode: 'wait_then_computed', wait_seconds: 1 } as const
const careless = { mode: 'allow_unverified' } as const

it('takes what the probe reported on the GPU that was granted', () => {
  expect(checkEvidence(measured, known(gpu))).toBeUndefined()
  const stand = { ...run({ simulated: true }), evidence: 'simulated' as const, gpu: simulated }
  expect(checkEvidence(stand, known(simulated))).toBeUndefined()
})

it('takes a failure without a report', () => {
  expect(checkEvidence({ ...measured, passed: false, runs: [] }, known(gpu))).toBeUndefined()
  expect(checkEvidence({ ...computed, passed: false }, known(undefined))).toBeUndefined()
})

it.each(['runs', 'runs_with_notes', 'no_gpu_node'] as const)(
  'takes what was computed to be "%s" where the policy does',
  (verdict) => {
    const facts = known(undefined, { policy: lenient, computed: verdict })
    expect(checkEvidence(computed, facts)).toBeUndefined()
  },
)

it('takes what is unverified where the policy does', () => {
  expect(checkEvidence(unverified, known(undefined, { policy: careless }))).toBeUndefined()
})

it('takes no pass from an attempt that has lost its GPU, and every failure', () => {
  const lost = known(undefined, { granted: { gpu, isHeld: false } })
  expect(checkEvidence(measured, lost)).toContain('lost its GPU')
  expect(checkEvidence({ ...measured, passed: false, runs: [] }, lost)).toBeUndefined()
})

it.each([
  ['what is about other bytes', measured, known(gpu, { isBuilt: false }), 'built this digest'],
  ['a GPU without a grant', measured, known(undefined), 'was granted no GPU'],
  ['another GPU', measured, known({ ...gpu, uuid: 'GPU-other' }), 'was granted GPU-other'],
  ['a stand-in as measured', measured, known(simulated), 'measures nothing'],
  ['a simulated driver as measured', run({ simulated: true }), known(gpu), 'simulated driver'],
  ['a pass without a report', { ...measured, runs: [{ error: '' }] }, known(gpu), 'no probe'],
  ['a pass of a probe that failed', run({ ok: false }), known(gpu), 'no probe reports'],
  ['a report of another run', run({ nonce: 'stale' }), known(gpu), 'another nonce'],
  ['a probe that saw no device', run({ devices: [] }), known(gpu), 'another GPU'],
  [
    'a probe for what is unverified',
    { ...measured, evidence: 'none' as const },
    known(gpu),
    'no probe',
  ],
  [
    'a computed pass that the policy refuses',
    computed,
    known(undefined, { computed: 'runs' }),
    'only computed',
  ],
  [
    'one of an image in doubt',
    computed,
    known(undefined, { policy: lenient, computed: 'doubtful' }),
    '"doubtful"',
  ],
  [
    'one of an image that nobody has read',
    computed,
    known(undefined, { policy: lenient, computed: 'unknown' }),
    '"unknown"',
  ],
  [
    'an unverified pass that the policy refuses',
    unverified,
    known(undefined, { policy: lenient }),
    'unverified',
  ],
])('refuses %s', (_case, upload, facts, problem) => {
  expect(checkEvidence(upload, facts)).toContain(problem)
})
