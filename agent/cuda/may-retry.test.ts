import { expect, it } from 'vitest'
import type { DriverReport } from '#contract/probe-report.ts'
import { passed, refused } from '../../test/example-report.ts'
import { mayRetry } from './may-retry.ts'

const missing = { problem: 'missing' } as const
const ended = { nonce: 'nonce', frameworks: missing, error: '', stuck: false }
const after = (report: DriverReport) => mayRetry({ ...ended, driver: { report } })

it.each([
  ['a busy GPU', refused('GPU_BUSY_EXCLUSIVE', { stage: 'context', cuda_code: 46 })],
  ['a full memory', refused('GPU_OUT_OF_MEMORY', { stage: 'allocate', cuda_code: 2 })],
  ['a failed start of the driver', refused('CUDA_UNKNOWN', { cuda_code: 999 })],
])('looks again after %s', (_, report) => expect(after(report)).toBe(true))

it.each([
  ['a pass', passed()],
  ['a wrong result', refused('WRONG_RESULT', { stage: 'compare' })],
  ['a driver that does not answer', refused('PROBE_TIMEOUT')],
  ['a library that is not there', refused('LIBCUDA_MISSING', { stage: 'load' })],
])('does not look again after %s', (_, report) => expect(after(report)).toBe(false))

it('does not look again without a report', () => {
  expect(mayRetry({ ...ended, driver: missing })).toBe(false)
})
