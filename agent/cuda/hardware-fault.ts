import type { DriverReport } from '#contract/probe-report.ts'
import type { ReasonCode } from '../../cuda/tables/reasons.ts'
import type { ReadReport } from './read-report.ts'

/** The kernel is ours and known to be good: whoever computes it wrongly is broken. */
const reasons: readonly string[] = [
  'GPU_ECC_UNCORRECTABLE',
  'WRONG_RESULT',
] satisfies readonly ReasonCode[]

/** Of the driver API: uncorrectable NVLink error, contained memory error, hardware stack error. */
const codes: readonly number[] = [220, 226, 714]

/** Whether a driver probe has seen the hardware fail, and not only the driver, its set-up, or the image. */
export function sawHardwareFault(read: ReadReport<DriverReport>): boolean {
  if (!('report' in read) || read.report.ok) return false
  return reasons.includes(read.report.reason) || codes.includes(read.report.cuda_code)
}
