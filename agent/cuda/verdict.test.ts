import { describe, expect, it } from 'vitest'
import type { DriverReport, FrameworkReport } from '#contract/probe-report.ts'
import { exampleLibcuda, exampleUuid, passed, refused } from '../../test/example-report.ts'
import type { ProbeAttempt } from './probe-attempt.ts'
import { type Measurement, verdict } from './verdict.ts'

const frameworks = (change: Partial<FrameworkReport> = {}): FrameworkReport => ({
  probe: 'frameworks',
  version: 1,
  nonce: 'nonce',
  ok: true,
  reason: 'OK',
  detail: '',
  python: '3.11.7',
  frameworks: [],
  duration_ms: 100,
  ...change,
})
const attempt = (
  driver: DriverReport | ProbeAttempt['driver'],
  change: Partial<ProbeAttempt> = {},
): ProbeAttempt => ({
  nonce: 'nonce',
  driver: 'probe' in driver ? { report: driver } : driver,
  frameworks: { report: frameworks() },
  error: '',
  stuck: false,
  ...change,
})
const judge = (
  attempts: readonly ProbeAttempt[] | DriverReport,
  change: Partial<Measurement> = {},
) =>
  verdict({
    granted: exampleUuid,
    driverFiles: [exampleLibcuda],
    attempts: 'probe' in attempts ? [attempt(attempts)] : attempts,
    present: [],
    steering: [],
    simulation: false,
    ...change,
  })
const torch = {
  name: 'torch' as const,
  version: '2.0.1',
  cuda: '11.8',
  device: 'NVIDIA A100-SXM4-40GB',
  ok: true,
  reason: 'OK',
  detail: '',
  duration_ms: 1,
}

it('passes when the granted GPU computed rightly with the driver of the node', () => {
  expect(judge(passed())).toEqual({ passed: true, evidence: 'measured', notes: [] })
})

describe('what is not believed', () => {
  it.each([
    ['no device', passed({ devices: [], device_count: 0 }), 'DEVICE_NOT_GRANTED'],
    ['more devices than granted', passed({ device_count: 2 }), 'DEVICE_NOT_GRANTED'],
    ['another device', passed({}, { uuid: exampleUuid.replace(/1$/, '2') }), 'DEVICE_NOT_GRANTED'],
    ['a device that did not pass', passed({}, { ok: false }), 'REPORT_NOT_BELIEVED'],
    [
      'a device that was not checked to the end',
      passed({}, { stage: 'launch' }),
      'REPORT_NOT_BELIEVED',
    ],
    ['no fault that is none', passed({ ok: false }), 'REPORT_NOT_BELIEVED'],
    ['ok with a reason', passed({ reason: 'NO_DEVICE' }), 'NO_DEVICE'],
    ['a library of the image', passed({ libcuda: '/opt/libcuda.so.1' }), 'LIBCUDA_FOREIGN'],
  ])('%s', (_, report, code) => {
    const { passed: hasPassed, fault } = judge(report)
    expect(hasPassed).toBe(false)
    expect(fault?.code).toBe(code)
  })
})

describe('the simulated driver', () => {
  const reports = [passed({ simulated: true }), passed({}, { name: 'A100 (simulated)' })]
  it.each(reports)('never counts as measured, and passes in a farm for tests only', (report) => {
    expect(judge(report)).toMatchObject({
      passed: false,
      evidence: 'simulated',
      fault: { code: 'SIMULATED', owner: 'farm' },
    })
    expect(judge(report, { simulation: true })).toMatchObject({
      passed: true,
      evidence: 'simulated',
    })
  })

  it('is seen by what a framework computed on, too', () => {
    const device = 'A100 (simulated)'
    const report = frameworks({ frameworks: [{ ...torch, device }] })
    const judged = judge([attempt(passed(), { frameworks: { report } })])
    expect(judged).toMatchObject({ passed: false, evidence: 'simulated' })
  })
})

it.each<[string, Partial<DriverReport>, string]>([
  ['NO_DEVICE', { visible_devices: '' }, 'image'],
  ['NO_DEVICE', { nodes: ['nvidiactl'] }, 'farm'],
  ['NO_DEVICE', {}, 'node'],
  ['LIBCUDA_MISSING', { libcuda: '' }, 'farm'],
  ['LIBCUDA_BROKEN_FILE', { libcuda: '' }, 'image'],
  ['LIBCUDA_INCOMPLETE', {}, 'node'],
  ['LIBCUDA_INCOMPLETE', { libcuda: '/opt/libcuda.so.1' }, 'image'],
  ['DRIVER_LIBRARY_MISMATCH', {}, 'node'],
  ['DRIVER_LIBRARY_MISMATCH', { libcuda: '/opt/libcuda.so.1' }, 'image'],
  ['NO_KERNEL_IMAGE', {}, 'node'],
  ['WHO_KNOWS', {}, 'node'],
])('%s with %j is up to the %s', (reason, change, owner) => {
  expect(judge(refused(reason, change)).fault?.owner).toBe(owner)
})

it('puts the particulars into the texts', () => {
  const wrong = refused('WRONG_RESULT', { detail: '3 wrong values of 65536' })
  expect(judge(wrong).fault?.params).toMatchObject({ wrong: 3, total: 65_536 })
  const low = refused('GPU_MEMORY_LOW', { detail: '100 MiB free, 512 MiB wanted' })
  expect(judge(low).fault?.params).toMatchObject({ free: 100, want: 512 })
  const unknown = refused('CUDA_ERROR', { cuda_code: 719 })
  expect(judge(unknown).fault?.params).toMatchObject({
    code: 719,
    name: 'CUDA_ERROR_LAUNCH_FAILED',
  })
})

describe('without a report', () => {
  const silent = (change: Partial<ProbeAttempt>) =>
    judge([attempt({ problem: 'missing' }, { error: 'exit code: 1', hasLoader: true, ...change })])
  it.each([
    ['the image has no loader', { hasLoader: false }, 'IMAGE_NOT_GLIBC', 'image'],
    ['memory ran out', { error: 'did not complete: exit code: 137' }, 'PROBE_KILLED', 'farm'],
    ['the steps did not end', { stuck: true }, 'PROBE_TIMEOUT', 'node'],
    [
      'the device is not known',
      { error: 'required device "x" is not registered' },
      'DEVICE_REFUSED',
      'farm',
    ],
    [
      'the user does not exist',
      { error: 'x: unable to find user me: no' },
      'REPORT_MISSING',
      'image',
    ],
  ] as const)('says that %s', (_, change, code, owner) => {
    expect(silent(change)).toMatchObject({ passed: false, fault: { code, owner } })
  })

  it('never passes, whatever else is well', () => {
    expect(silent({ error: '' }).passed).toBe(false)
    expect(judge([attempt({ problem: 'ambiguous' })]).fault?.code).toBe('REPORT_NOT_BELIEVED')
    expect(judge([attempt({ problem: 'invalid' })]).fault?.code).toBe('REPORT_NOT_BELIEVED')
    const noFrameworks = attempt(passed(), { frameworks: { problem: 'missing' } })
    expect(judge([noFrameworks]).fault?.code).toBe('REPORT_MISSING')
  })
})

describe('frameworks', () => {
  const withFrameworks = (report: FrameworkReport) =>
    judge([attempt(passed(), { frameworks: { report } })])

  it('must all pass', () => {
    const cpu = { ...torch, name: 'jax' as const, ok: false, reason: 'FRAMEWORK_CPU_ONLY' }
    const report = frameworks({ ok: false, reason: cpu.reason, frameworks: [torch, cpu] })
    expect(withFrameworks(report)).toMatchObject({
      passed: false,
      fault: { code: 'FRAMEWORK_CPU_ONLY', owner: 'image', params: { framework: 'jax' } },
    })
    expect(withFrameworks(frameworks({ frameworks: [torch] })).passed).toBe(true)
  })

  it('could not be looked for', () => {
    const report = frameworks({ ok: false, reason: 'PROBE_CRASHED' })
    expect(withFrameworks(report).fault?.code).toBe('PROBE_CRASHED')
  })
})

it('notes what is worth knowing of an image that passed', () => {
  const first = attempt(refused('GPU_BUSY_EXCLUSIVE'))
  const libcuda = '/usr/local/cuda-12.4/compat/libcuda.so.550.54.14'
  const judged = judge([first, attempt(passed({ libcuda }))], { steering: ['LD_PRELOAD'] })
  expect(judged.passed).toBe(true)
  expect(judged.notes).toEqual([
    { code: 'LOADER_STEERED', severity: 'warn', params: { name: 'LD_PRELOAD' } },
    { code: 'NEEDS_FORWARD_COMPAT', severity: 'note', params: {} },
    { code: 'PASSED_ON_RETRY', severity: 'note', params: { reason: 'GPU_BUSY_EXCLUSIVE' } },
  ])
})
