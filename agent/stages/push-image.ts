import type { NodeActivities } from '#contract/activities.ts'
import { requireDigest } from './require-digest.ts'
import { runStage, type StageDeps } from './run-stage.ts'
import { solvePlan, type SolvePlanDeps } from './solve-plan.ts'

/** Pushes by digest, without a tag: until the control plane has read it back, no name leads to it. */
export function createPushImage(deps: StageDeps & SolvePlanDeps): NodeActivities['pushImage'] {
  return async (attempt, digest) =>
    runStage(deps, attempt, 'pushing', async (job) => {
      const pushed = await solvePlan(deps, 'pushing', job, { push: true })
      requireDigest(pushed.digest, digest)
      return { digest }
    })
}
