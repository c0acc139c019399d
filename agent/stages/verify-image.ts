import type { AttemptRef, Verification } from '#contract/build.ts'
import { speaksOfCuda } from '../../cuda/verdict/stacks.ts'
import { createEarlyStage, type EarlyStage } from './early-stage.ts'
import { type FindFactsDeps, findFacts } from './find-facts.ts'
import { runProgram } from './run-program.ts'
import type { StageJob } from './run-stage.ts'
import { createTellFacts, type KnownContents, type TellFactsDeps } from './tell-facts.ts'
import { type OnGpuDeps, verifyOnGpu } from './verify-on-gpu.ts'
import { verifyWithoutGpu, type WithoutGpuDeps } from './verify-without-gpu.ts'
import { waitForGpu } from './wait-for-gpu.ts'

export interface VerifyDeps extends WithoutGpuDeps, OnGpuDeps, FindFactsDeps, TellFactsDeps {
  readonly controlPlane: WithoutGpuDeps['controlPlane'] & TellFactsDeps['controlPlane']
}

/** Finds out what the image is, and proves that it works before anything is pushed. */
export function createVerifyImage(deps: VerifyDeps): EarlyStage<Verification> {
  const tellFacts = createTellFacts(deps)
  return createEarlyStage(deps, 'verifying', async (job, attempt, digest) => {
    const { facts, packages } = await findFacts(deps, job, digest)
    const told = tellFacts(attempt, { digest, facts, packages }, job.signal)
    if (speaksOfCuda(facts)) {
      await told
      return verifyGpuImage(deps, attempt, job, { digest, facts })
    }
    const [verification] = await Promise.all([
      runProgram(deps, job, digest),
      told.catch(() => undefined),
    ])
    return verification
  })
}

/** The server chooses a GPU by what the files of the image say, so it has them by now. */
async function verifyGpuImage(
  deps: VerifyDeps,
  attempt: AttemptRef,
  job: StageJob,
  { digest, facts }: Pick<KnownContents, 'digest' | 'facts'>,
): Promise<Verification> {
  const found = await waitForGpu(deps, attempt, job, digest)
  if ('reason' in found) {
    return verifyWithoutGpu(deps, attempt, job, { digest, why: found.reason })
  }
  await using lease = found
  return await verifyOnGpu(deps, { attempt, digest, facts }, job, lease)
}
