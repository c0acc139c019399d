import type { AttemptRef, Evidence } from '#contract/build.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import type { Db } from '../../records/connect.ts'
import { showAttachment } from './attachment.ts'
import { showReason } from './reason.ts'

/**
 * What was found out about the bytes of an attempt, and how: passed or not, on which GPU, with the reasons in one
 * language. `null` when nothing was. `unverified` is there when nobody has looked at all.
 */
export async function showVerification(
  db: Db,
  { buildId, attempt }: AttemptRef,
  language: Language,
) {
  const row = await db
    .selectFrom('attempts')
    .leftJoin('verifications as verdict', (join) =>
      join
        .onRef('verdict.build_id', '=', 'attempts.build_id')
        .onRef('verdict.attempt', '=', 'attempts.number'),
    )
    .leftJoin('evidence as proof', (join) =>
      join
        .onRef('proof.build_id', '=', 'attempts.build_id')
        .onRef('proof.attempt', '=', 'attempts.number'),
    )
    .leftJoin('nodes', 'nodes.id', 'attempts.node_id')
    .select(['attempts.node_id', 'nodes.name as node_name'])
    .select(['verdict.verdict', 'verdict.evidence', 'verdict.digest', 'verdict.detail'])
    .select('verdict.created_at as judged_at')
    .select(['proof.digest as proof_digest', 'proof.evidence as proof_evidence', 'proof.passed'])
    .select(['proof.gpu', 'proof.report', 'proof.nonce', 'proof.attached_as as attachedAs'])
    .select(['proof.attach_at as attachAt', 'proof.attach_given_up_at as givenUpAt'])
    .where('attempts.build_id', '=', buildId)
    .where('attempts.number', '=', attempt)
    .executeTakeFirst()
  const digest = row?.digest ?? row?.proof_digest
  const evidence = row?.evidence ?? row?.proof_evidence
  if (row === undefined || !digest || !evidence) return null
  return {
    verdict: row.verdict ?? 'gpu',
    passed: row.passed ?? true,
    evidence,
    ...markUnverified(evidence),
    digest,
    node_id: row.node_id,
    node: row.node_name,
    gpu: row.gpu && showGpu(row.gpu),
    at: row.report?.finished_at ?? row.judged_at?.toISOString() ?? null,
    nonce: row.nonce,
    attachment: showAttachment(row),
    reasons: (row.report?.reasons ?? []).map((reason) => showReason(reason, language)),
    detail: row.detail ?? {},
  }
}

/** Stands wherever a verification is shown, so that nobody takes the image for a verified one. */
export function markUnverified(evidence: Evidence | null) {
  return evidence === 'none' ? { unverified: true as const } : {}
}

function showGpu({ uuid, name, driver, capability, mig, simulated }: LeasedGpu) {
  return {
    uuid,
    name,
    driver,
    ...(capability !== undefined && { capability }),
    ...(mig !== undefined && { mig }),
    ...(simulated === true && { simulated }),
  }
}
