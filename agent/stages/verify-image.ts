import type { NodeActivities } from '#contract/activities.ts'
import { type FindFactsDeps, findFacts } from './find-facts.ts'
import { runProgram, type RunProgramDeps } from './run-program.ts'
import { runStage } from './run-stage.ts'
import { createTellFacts, type TellFactsDeps } from './tell-facts.ts'

export interface VerifyDeps extends RunProgramDeps, FindFactsDeps, TellFactsDeps {
  readonly controlPlane: RunProgramDeps['controlPlane'] & TellFactsDeps['controlPlane']
}

/** Finds out what the image is, and proves that it works before anything is pushed. */
export function createVerifyImage(deps: VerifyDeps): NodeActivities['verifyImage'] {
  const tellFacts = createTellFacts(deps)
  return async (attempt, digest) =>
    runStage(deps, attempt, 'verifying', async (job) => {
      const facts = await findFacts(deps, job, digest)
      const told = tellFacts(attempt, { digest, facts }, job.signal)
      const verification = await runProgram(deps, job, digest)
      await told
      return verification
    })
}
