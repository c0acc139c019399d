import type { NodeActivities } from '#contract/activities.ts'
import { runStage, type StageDeps } from './run-stage.ts'
import { solvePlan, type SolvePlanDeps } from './solve-plan.ts'

export function createBuildImage(deps: StageDeps & SolvePlanDeps): NodeActivities['buildImage'] {
  return async (attempt) =>
    runStage(deps, attempt, 'building', async (job) => {
      const { digest, cached, total } = await solvePlan(deps, 'building', job, { push: false })
      return { digest, cachedSteps: cached, totalSteps: total }
    })
}
