import type { AttemptRef } from '#contract/build.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import type { ControlPlane } from '../control-plane.ts'
import { askAgain } from './ask-again.ts'
import type { StageJob } from './run-stage.ts'

export interface EvidenceDeps {
  readonly controlPlane: Pick<ControlPlane, 'sendEvidence'>
  readonly random: () => number
}

const limitMs = 30_000

/** What a verdict rests on must be with the server before it counts. */
export async function sendEvidence(
  { controlPlane, random }: EvidenceDeps,
  attempt: AttemptRef,
  { signal }: Pick<StageJob, 'signal'>,
  evidence: EvidenceUpload,
): Promise<void> {
  const send = async () => controlPlane.sendEvidence(attempt, evidence)
  await askAgain(send, { random, signal, limitMs })
}
