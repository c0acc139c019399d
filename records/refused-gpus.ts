import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { Db } from './connect.ts'

/** A GPU that a build is not to be given again, or a node where `uuid` is empty. */
export interface RefusedGpu {
  readonly nodeId: string
  readonly uuid: string
}

export async function readRefused(db: Db, buildId: string): Promise<readonly RefusedGpu[]> {
  return db
    .selectFrom('refused_gpus')
    .select(['node_id as nodeId', 'uuid'])
    .where('build_id', '=', buildId)
    .execute()
}

/**
 * Keeps a build from the GPU that failed it, or from the node that has none for it, and notes that it needs one. Called
 * when an attempt ends, while it still holds its GPU.
 */
export async function refuseGpus(
  db: Db,
  { buildId, attempt }: AttemptRef,
  { code }: BuildFailure,
): Promise<void> {
  if (code !== 'gpu_failed' && code !== 'gpu_elsewhere') return
  await db.updateTable('builds').set({ needs_gpu: true }).where('id', '=', buildId).execute()
  const { node_id } = await db
    .selectFrom('attempts')
    .select('node_id')
    .where('build_id', '=', buildId)
    .where('number', '=', attempt)
    .executeTakeFirstOrThrow()
  const leased = await db
    .selectFrom('gpu_leases')
    .select('uuid')
    .distinct()
    .where('build_id', '=', buildId)
    .where('attempt', '=', attempt)
    .execute()
  const uuids = code === 'gpu_failed' && leased.length > 0 ? leased.map(({ uuid }) => uuid) : ['']
  await db
    .insertInto('refused_gpus')
    .values(uuids.map((uuid) => ({ build_id: buildId, node_id, uuid, attempt, code })))
    .onConflict((c) => c.columns(['build_id', 'node_id', 'uuid']).doNothing())
    .execute()
}
