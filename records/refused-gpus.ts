import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { Db } from './connect.ts'

/** A GPU that a build is not to be given again, or a node where `uuid` is empty. */
export interface RefusedGpu {
  readonly nodeId: string
  readonly uuid: string
}

/** What these builds are not to be given again. */
export async function readRefused(
  db: Db,
  buildIds: readonly string[],
): Promise<readonly (RefusedGpu & { readonly buildId: string })[]> {
  if (buildIds.length === 0) return []
  return db
    .selectFrom('refused_gpus')
    .select(['build_id as buildId', 'node_id as nodeId', 'uuid'])
    .where('build_id', 'in', buildIds)
    .execute()
}

/** Whether an attempt that ends so says that its build needs another GPU. */
export function isGpuRefusal({ code }: BuildFailure): boolean {
  return code === 'gpu_failed' || code === 'gpu_elsewhere'
}

/**
 * Keeps a build from the GPU that failed it, or from the node that has none for it, and notes that it needs one. Called
 * when an attempt ends.
 */
export async function refuseGpus(
  db: Db,
  { buildId, attempt }: AttemptRef,
  failure: BuildFailure,
): Promise<void> {
  if (!isGpuRefusal(failure)) return
  const { node_id, facts_digest } = await db
    .selectFrom('attempts')
    .select(['node_id', 'facts_digest'])
    .where('build_id', '=', buildId)
    .where('number', '=', attempt)
    .executeTakeFirstOrThrow()
  await db
    .updateTable('builds')
    .set({ needs_gpu: true, ...(facts_digest !== null && { gpu_digest: facts_digest }) })
    .where('id', '=', buildId)
    .execute()
  const { code } = failure
  const leased = code === 'gpu_failed' ? await readLeased(db, buildId, attempt) : []
  const uuids = leased.length === 0 ? [''] : leased
  await db
    .insertInto('refused_gpus')
    .values(uuids.map((uuid) => ({ build_id: buildId, node_id, uuid, attempt, code })))
    .onConflict((c) => c.columns(['build_id', 'node_id', 'uuid']).doNothing())
    .execute()
}

async function readLeased(db: Db, buildId: string, attempt: number): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('gpu_leases')
    .select('uuid')
    .distinct()
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .execute()
  return rows.map(({ uuid }) => uuid)
}
