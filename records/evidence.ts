import { sql } from 'kysely'
import type { AttemptRef } from '#contract/build.ts'
import type { EvidenceUpload, FactsUpload } from '#contract/verification.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import { recordAudit } from './audit.ts'
import type { Db, Pool } from './connect.ts'
import { doubtPackages, storePackages } from './image-packages.ts'

export interface Granted {
  readonly gpu: LeasedGpu
  readonly isHeld: boolean
}

/** What the records say of an attempt that sends evidence. */
export interface AttemptKnown {
  /** The GPU that it was granted last, and whether it still has it. */
  readonly granted: Granted | undefined
  /** Whether the digest is the one that its node told to have built. */
  readonly isBuilt: boolean
}

/**
 * Keeps what the node of an attempt says of a verification; what it said before is replaced.
 * @param check is given what is known of the attempt; what it throws is thrown.
 * @returns false when the attempt is not the build's current one, or has ended.
 */
export async function storeEvidence(
  pool: Pool,
  ref: AttemptRef,
  upload: EvidenceUpload,
  check: (known: AttemptKnown) => void,
): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const node = await lockCurrent(db, ref)
    if (node === undefined) return false
    const { digest, nonce, evidence, passed, gpu } = upload
    const isBuilt = await hasTold(db, node, digest)
    check({ granted: await readGranted(db, ref), isBuilt })
    const row = {
      digest,
      node_id: node.nodeId,
      nonce,
      evidence,
      passed,
      gpu: gpu === undefined ? null : JSON.stringify(gpu),
      arch: node.arch,
      report: JSON.stringify(upload),
    }
    await db
      .insertInto('evidence')
      .values({ build_id: ref.buildId, attempt: ref.attempt, ...row })
      .onConflict((c) =>
        c.columns(['build_id', 'attempt']).doUpdateSet({ ...row, created_at: sql<Date>`now()` }),
      )
      .execute()
    const detail = { attempt: ref.attempt, digest, evidence, passed, gpu: gpu?.uuid }
    const actor = node.nodeId
    await recordAudit(db, { actor, action: 'build.evidence', object: ref.buildId, detail })
    return true
  })
}

export async function findEvidence(db: Db, { buildId, attempt }: AttemptRef) {
  return db
    .selectFrom('evidence')
    .selectAll()
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .executeTakeFirst()
}

/** The policy that a build was accepted with, and whether any node of the farm has a GPU. */
export async function readPolicy(db: Db, buildId: string) {
  return db
    .selectFrom('builds')
    .select('gpu_policy as policy')
    .select(anyGpu.as('hasGpu'))
    .where('id', '=', buildId)
    .executeTakeFirst()
}

/** Whether any node of the farm, ready or not, has a GPU. */
export const anyGpu = sql<boolean>`exists (select from gpus)`

/** The GPU that the attempt was granted last, and whether it still has it. */
async function readGranted(db: Db, { buildId, attempt }: AttemptRef): Promise<Granted | undefined> {
  return db
    .selectFrom('gpu_leases')
    .select('gpu')
    .select(sql<boolean>`released_at is null and leased_until > now()`.as('isHeld'))
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/**
 * Whether an attempt has told the facts of this digest. A node tells those of the same bytes once: an attempt that has told
 * none goes by an earlier one of its node.
 */
async function hasTold(
  db: Db,
  { nodeId, factsDigest }: { readonly nodeId: string; readonly factsDigest: string | null },
  digest: string,
): Promise<boolean> {
  if (factsDigest !== null) return factsDigest === digest
  const earlier = await db
    .selectFrom('attempts')
    .select('number')
    .where('facts_digest', '=', digest)
    .where('node_id', '=', nodeId)
    .limit(1)
    .executeTakeFirst()
  return earlier !== undefined
}

async function lockCurrent(db: Db, { buildId, attempt }: AttemptRef) {
  return db
    .selectFrom('attempts')
    .innerJoin('builds', (join) =>
      join
        .onRef('builds.id', '=', 'attempts.build_id')
        .onRef('builds.attempt', '=', 'attempts.number'),
    )
    .innerJoin('nodes', 'nodes.id', 'attempts.node_id')
    .select(['attempts.node_id as nodeId', 'attempts.facts_digest as factsDigest'])
    .select(sql<string>`nodes.inventory->'host'->>'arch'`.as('arch'))
    .where('attempts.build_id', '=', buildId)
    .where('attempts.number', '=', attempt)
    .where('attempts.finished_at', 'is', null)
    .forUpdate('attempts')
    .executeTakeFirst()
}

/**
 * Keeps what a node found in the layers of what it built, for a digest that nobody has told of and that is not published:
 * a node replaces nothing, neither what the worker has read nor what another build has told. Where two nodes contradict each
 * other the worker reads the image itself once it is published.
 * @returns false when the attempt is not the build's current one, or has ended.
 */
export async function storeBuiltFacts(
  pool: Pool,
  ref: AttemptRef,
  { digest, analysis, facts, packages }: FactsUpload,
): Promise<boolean> {
  return pool.transaction().execute(async (db) => {
    const node = await lockCurrent(db, ref)
    if (node === undefined) return false
    await db
      .updateTable('attempts')
      .set({ facts_digest: digest })
      .where('build_id', '=', ref.buildId)
      .where('number', '=', ref.attempt)
      .execute()
    // Whatever is published has a row, if only an empty one.
    const kept = await db
      .insertInto('image_facts')
      .values({ digest, analysis, facts: JSON.stringify(facts) })
      .onConflict((c) => c.column('digest').doNothing())
      .returning('digest')
      .executeTakeFirst()
    if (kept === undefined) await doubtPackages(db, { digest, analysis, facts, packages })
    else if (packages !== undefined) {
      await storePackages(db, digest, { packages, readBy: 'node', analysis })
    }
    const detail = { analysis, attempt: ref.attempt, kept: kept !== undefined }
    const actor = node.nodeId
    await recordAudit(db, { actor, action: 'image.analyse', object: digest, detail })
    return true
  })
}
