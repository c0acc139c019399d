import { sql } from 'kysely'
import type { AttemptRef, Evidence } from '#contract/build.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { VerificationReason } from '#contract/verification.ts'
import type { Attachment } from './attachments.ts'
import type { Db } from './connect.ts'
import { classOfEvidence } from './gpu-class.ts'

/** What was found out about a digest on a GPU. */
export interface Proof extends AttemptRef, Attachment {
  readonly digest: string
  readonly evidence: Evidence
  readonly passed: boolean
  readonly gpu: LeasedGpu
  /** Of the node, as it names it. */
  readonly arch: string
  readonly nodeId: string
  /** Absent when the node is no longer known. */
  readonly nodeName: string | null
  readonly nonce: string
  readonly at: Date
  readonly reasons: readonly VerificationReason[]
}

export interface ProofsWanted {
  readonly digests: readonly string[]
  /** By their keys. */
  readonly classes: readonly string[]
  /** Codes of the reasons for which an image itself is at fault. */
  readonly imageCodes: readonly string[]
}

/**
 * What was found out about these digests on these classes of GPUs: the newest of each digest on each class. Only builds that
 * have published the digest are believed. A failure that a node or the farm is at fault for says nothing of the image, and
 * is passed over.
 */
export async function readProofs(db: Db, wanted: ProofsWanted): Promise<readonly Proof[]> {
  const { digests, classes } = wanted
  if (digests.length === 0 || classes.length === 0) return []
  const newest = db
    .selectFrom('evidence')
    .select(['build_id', 'attempt'])
    .distinctOn(['digest', classOfEvidence])
    .where('digest', 'in', digests)
    .where('evidence', 'in', ['measured', 'simulated'])
    .where('gpu', 'is not', null)
    .where(
      sql<boolean>`${classOfEvidence} in (select jsonb_array_elements(${`[${classes.join(',')}]`}::jsonb))`,
    )
    .where((where) =>
      where.exists(
        where
          .selectFrom('builds')
          .select('builds.id')
          .whereRef('builds.id', '=', 'evidence.build_id')
          .whereRef('builds.digest', '=', 'evidence.digest'),
      ),
    )
    .where(blamesImage(wanted.imageCodes))
    .orderBy('digest')
    .orderBy(classOfEvidence)
    .orderBy('created_at', 'desc')
    .orderBy('build_id', 'desc')
    .orderBy('attempt', 'desc')
  const rows = await db
    .selectFrom(newest.as('newest'))
    .innerJoin('evidence as proof', (join) =>
      join
        .onRef('proof.build_id', '=', 'newest.build_id')
        .onRef('proof.attempt', '=', 'newest.attempt'),
    )
    .leftJoin('nodes', 'nodes.id', 'proof.node_id')
    .select(['proof.build_id as buildId', 'proof.attempt', 'proof.digest', 'proof.evidence'])
    .select(['proof.passed', 'proof.gpu', 'proof.arch', 'proof.node_id as nodeId', 'proof.nonce'])
    .select(['nodes.name as nodeName', 'proof.created_at as at'])
    .select(['proof.attached_as as attachedAs', 'proof.attach_at as attachAt'])
    .select('proof.attach_given_up_at as givenUpAt')
    .select(sql<VerificationReason[]>`proof.report->'reasons'`.as('reasons'))
    .execute()
  return rows.flatMap(({ gpu, ...row }) => (gpu === null ? [] : [{ ...row, gpu }]))
}

/** The order of the terms matters: the report of what passed is large and need not be read. */
function blamesImage(codes: readonly string[]) {
  return sql<boolean>`(passed or exists (
    select from jsonb_array_elements(report->'reasons') as reason
    where reason->>'severity' = 'error' and (reason->>'owner' = 'image'
      or reason->>'owner' is null and reason->>'code' = any(${[...codes]}::text[]))))`
}
