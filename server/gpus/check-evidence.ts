import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { EvidenceUpload } from '#contract/verification.ts'

/**
 * What is wrong with evidence, given the GPU that the attempt was granted; `undefined` when nothing is. Whoever claims a
 * GPU must have been given it, and a pass must be what the probe itself reported under the nonce. Pure.
 */
export function checkEvidence(
  { evidence, gpu, passed, runs, nonce }: EvidenceUpload,
  granted: LeasedGpu | undefined,
): string | undefined {
  if (evidence === 'computed' || evidence === 'none') {
    return runs.length > 0 ? `evidence "${evidence}" comes with no probe` : undefined
  }
  if (granted === undefined) return 'the attempt was granted no GPU'
  if (gpu?.uuid !== granted.uuid) return `the attempt was granted ${granted.uuid}`
  if (granted.simulated === true && evidence === 'measured')
    return 'a simulated GPU measures nothing'
  if (!passed) return undefined
  const driver = runs.at(-1)?.driver
  if (driver === undefined || !driver.ok) return 'no probe reports that it passed'
  if (driver.nonce !== nonce) return 'the report of the probe has another nonce'
  if (driver.simulated && evidence === 'measured') return 'the probe ran on a simulated driver'
  const [device] = driver.devices
  if (driver.devices.length !== 1 || device?.uuid.toLowerCase() !== granted.uuid.toLowerCase()) {
    return 'the probe ran on another GPU'
  }
  return undefined
}
