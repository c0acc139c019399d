import type { ProbeAttempt } from './probe-attempt.ts'

/** What may be otherwise a moment later: somebody else held the GPU or its memory. */
const passing = ['GPU_BUSY_EXCLUSIVE', 'GPU_OUT_OF_MEMORY']

/** Whether a second look is worth it. The driver's start fails now and then on GPUs that are well. */
export function mayRetry({ driver }: ProbeAttempt): boolean {
  if (!('report' in driver) || driver.report.ok) return false
  const { reason, stage, cuda_code: code } = driver.report
  return passing.includes(reason) || (stage === 'init' && code !== 0)
}
