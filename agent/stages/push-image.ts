import type { Pushed } from '#contract/build.ts'
import type { Digest } from '#contract/image.ts'
import { listBlobs } from '../facts/list-blobs.ts'
import { cacheLocations } from './cache-locations.ts'
import { createEarlyStage, type EarlyStage } from './early-stage.ts'
import { type PushDeps, pushPatiently } from './push-patiently.ts'
import { requireDigest } from './require-digest.ts'
import type { StageDeps, StageJob } from './run-stage.ts'
import { exportCaches, solvePlan, type SolvePlanDeps } from './solve-plan.ts'

/** A cache is worth waiting for so long, and never so long that the stage itself would end. */
const maxCacheMs = 10 * 60_000
const marginMs = 10_000

/** Pushes by digest, without a tag: until the control plane has read it back, no name leads to it. */
export function createPushImage(deps: StageDeps & SolvePlanDeps & PushDeps): EarlyStage<Pushed> {
  return createEarlyStage(deps, 'pushing', async (job, attempt, digest) => {
    const push = async () => solvePlan(deps, 'pushing', job, { push: true })
    const blobs = await findBlobs(deps, job, digest)
    const pushed = await pushPatiently(deps, attempt, job, { blobs, push })
    requireDigest(pushed.digest, digest)
    if (cacheLocations(job.plan).exports.length > 0) await tryExportCaches(deps, job)
    const { configDigest } = pushed
    return { digest, ...(configDigest && { configDigest }) }
  })
}

async function findBlobs({ daemons }: SolvePlanDeps, { plan }: StageJob, digest: Digest) {
  using daemon = await daemons.use(plan.project)
  return listBlobs({ blobs: daemon.blobs, digest })
}

/** The image is pushed and good: a cache that cannot be written is told and costs nothing else. */
async function tryExportCaches(deps: SolvePlanDeps, job: StageJob): Promise<void> {
  const limit = AbortSignal.timeout(Math.max(0, Math.min(maxCacheMs, job.leftMs() - marginMs)))
  const signal = AbortSignal.any([job.signal, limit])
  try {
    await exportCaches(deps, { ...job, signal })
  } catch {
    job.signal.throwIfAborted()
    const why = limit.aborted ? 'it took too long' : 'the registry did not take it'
    job.log.remark(`WARNING the cache was not exported: ${why}`)
  }
}
