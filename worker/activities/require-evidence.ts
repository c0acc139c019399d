import type { PublishRequest } from '#contract/activities.ts'
import { speaksOfCuda } from '../../cuda/verdict/stacks.ts'
import type { Db } from '../../records/connect.ts'
import { findEvidence, readPolicy } from '../../records/evidence.ts'
import { readFacts } from '../../records/image-facts.ts'
import { failBuild } from './fail.ts'

/**
 * What a node claims must be what the server has stored for exactly this attempt, digest and run; and an image whose files
 * are known to be made for CUDA is not published as one that is not. Where a project wants every GPU image measured, the
 * files have to be known.
 *
 * @throws the failure `evidence_mismatch`.
 */
export async function requireEvidence(db: Db, request: PublishRequest): Promise<void> {
  const problem = await findProblem(db, request)
  if (problem !== undefined) throw failBuild({ code: 'evidence_mismatch', message: problem })
}

async function findProblem(
  db: Db,
  { verification, digest, ...ref }: PublishRequest,
): Promise<string | undefined> {
  if (verification.verdict === 'not_gpu') {
    const facts = (await readFacts(db, [digest])).get(digest)
    if (facts !== undefined) {
      return speaksOfCuda(facts)
        ? 'the image was verified as if it were not made for CUDA'
        : undefined
    }
    const found = await readPolicy(db, ref.buildId)
    return found?.policy?.mode === 'require_gpu'
      ? 'nobody has said what the files of the image are made for'
      : undefined
  }
  const stored = await findEvidence(db, ref)
  if (stored === undefined) return 'the node has sent no evidence'
  if (stored.digest !== digest) return 'the evidence is about other bytes'
  if (stored.nonce !== verification.nonce) return 'the evidence is of another run'
  if (stored.evidence !== verification.evidence) return `the evidence is "${stored.evidence}"`
  return stored.passed ? undefined : 'the evidence says that the image did not pass'
}
