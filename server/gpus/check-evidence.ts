import type { GpuPolicy } from '#contract/gpu-policy.ts'
import type { ComputedAnswer, EvidenceUpload } from '#contract/verification.ts'
import type { AttemptKnown, Granted } from '../../records/evidence.ts'

/** What the server itself knows. */
export interface Known extends AttemptKnown {
  /** What decides for the build when it finds no GPU. */
  readonly policy: GpuPolicy | undefined
  /** What the files of the image say of the farm, where that is the evidence. */
  readonly computed: ComputedAnswer['verdict'] | undefined
}

/**
 * What is wrong with evidence; `undefined` when nothing is. It must be about what the attempt has built. Whoever claims a GPU must have been given it, and have it
 * still to pass; a pass must be what the probe itself reported under the nonce, and without a GPU the policy must allow
 * a pass. Pure.
 */
export function checkEvidence(upload: EvidenceUpload, known: Known): string | undefined {
  const { evidence, passed, runs } = upload
  if (!known.isBuilt) return 'the attempt has not told that it built this digest'
  if (evidence === 'measured' || evidence === 'simulated') return checkProbe(upload, known.granted)
  if (runs.length > 0) return `evidence "${evidence}" comes with no probe`
  if (!passed) return undefined
  return evidence === 'none' ? checkUnverified(known) : checkComputed(known)
}

function checkUnverified({ policy }: Known): string | undefined {
  return policy?.mode === 'allow_unverified'
    ? undefined
    : 'the project may not publish what is unverified'
}

const goodEnough: readonly unknown[] = ['runs', 'runs_with_notes', 'no_gpu_node']

function checkComputed({ policy, computed }: Known): string | undefined {
  if (policy?.mode !== 'wait_then_computed') {
    return 'the project may not publish what was only computed'
  }
  return goodEnough.includes(computed) ? undefined : `the computed verdict is "${computed}"`
}

function checkProbe(
  { evidence, gpu, passed, runs, nonce }: EvidenceUpload,
  lease: Granted | undefined,
): string | undefined {
  if (lease === undefined) return 'the attempt was granted no GPU'
  const { gpu: granted, isHeld } = lease
  if (gpu?.uuid !== granted.uuid) return `the attempt was granted ${granted.uuid}`
  if (granted.simulated === true && evidence === 'measured') {
    return 'a simulated GPU measures nothing'
  }
  if (!passed) return undefined
  if (!isHeld) return 'the attempt has lost its GPU'
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
