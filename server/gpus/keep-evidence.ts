import type { AttemptRef } from '#contract/build.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import type { Db, Pool } from '../../records/connect.ts'
import { readPolicy, storeEvidence } from '../../records/evidence.ts'
import { Refusal } from '../refusal.ts'
import { checkEvidence } from './check-evidence.ts'
import { effectivePolicy } from './effective-policy.ts'
import { readComputed } from './read-computed.ts'

/**
 * Keeps the evidence of an attempt when nothing that the server knows speaks against it.
 * @throws Refusal when the attempt is not the current one, and when the evidence cannot be true.
 */
export async function keepEvidence(
  { db, allowUnverified }: { readonly db: Pool; readonly allowUnverified: boolean },
  ref: AttemptRef,
  upload: EvidenceUpload,
): Promise<void> {
  const found = await readPolicy(db, ref.buildId)
  const policy = found && effectivePolicy(found.policy, { hasGpu: found.hasGpu, allowUnverified })
  const computed = await readVerdict(db, upload)
  const stored = await storeEvidence(db, ref, upload, (known) => {
    const problem = checkEvidence(upload, { ...known, policy, computed })
    if (problem !== undefined) throw new Refusal('evidence_invalid', problem)
  })
  if (!stored) throw new Refusal('stale_attempt')
}

async function readVerdict(db: Db, { evidence, digest }: EvidenceUpload) {
  return evidence === 'computed' ? (await readComputed(db, digest)).verdict : undefined
}
