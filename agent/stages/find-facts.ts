import type { BuildFailure } from '#contract/failure.ts'
import type { Digest } from '#contract/image.ts'
import type { LayerContents } from '../../cuda/image/analyse-image.ts'
import type { FactsReader, ReadFacts } from '../facts/facts-reader.ts'
import type { StageJob } from './run-stage.ts'
import { solvePlan, type SolvePlanDeps } from './solve-plan.ts'
import { Unverified } from './unverified.ts'

export interface FindFactsDeps extends SolvePlanDeps {
  readonly facts: Pick<FactsReader, 'read'>
}

type Problem = Exclude<ReadFacts, LayerContents>

/**
 * What the layers of a built image say of CUDA and of packages, read from the daemon's own disk. @throws Unverified when nobody can say
 * whether the image needs a GPU: then it is not published as one that needs none.
 */
export async function findFacts(
  deps: FindFactsDeps,
  job: StageJob,
  digest: Digest,
): Promise<LayerContents> {
  using daemon = await deps.daemons.use(job.plan.project)
  const image = { blobs: daemon.blobs, digest }
  let read = await deps.facts.read(image, job.signal)
  if ('problem' in read && read.problem === 'absent') {
    await fetchLayers(deps, job)
    read = await deps.facts.read(image, job.signal)
  }
  if ('facts' in read) return read
  job.signal.throwIfAborted()
  throw new Unverified(failureOf(read))
}

/** To look into the result makes the daemon fetch the layers that it has only heard of; the exporter writes the manifest. */
async function fetchLayers(deps: FindFactsDeps, job: StageJob): Promise<void> {
  await solvePlan(deps, 'verifying', job, {
    push: false,
    gate: async (gateway, built) => void (await gateway.exists(built, '/')),
  })
}

const because = 'so nobody knows whether the image needs a GPU'

function failureOf(read: Problem): BuildFailure {
  if ('detail' in read) {
    return { code: 'verification_failed', message: `${read.detail}, ${because}` }
  }
  if (read.problem === 'late' || read.problem === 'spent') {
    const what = read.problem === 'late' ? 'time' : 'memory'
    const message = `its layers take more ${what} to read than an image may, ${because}`
    return { code: 'verification_failed', message }
  }
  return { code: 'internal', message: 'the layers of what was built could not be read' }
}
