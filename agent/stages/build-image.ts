import type { NodeActivities } from '#contract/activities.ts'
import type { Built } from '#contract/build.ts'
import { readSyntax } from '../../dockerfile/syntax.ts'
import type { FactsReader } from '../facts/facts-reader.ts'
import { saveImage, type SaveImageDeps } from '../saving/save-image.ts'
import { attendStage, type StageDeps, type StageJob, startStage } from './run-stage.ts'
import { solvePlan, type SolvePlanDeps } from './solve-plan.ts'

export interface BuildDeps extends StageDeps, SolvePlanDeps, SaveImageDeps {
  readonly facts: Pick<FactsReader, 'prepare'>
  readonly savedImages: SaveImageDeps['savedImages'] & SolvePlanDeps['savedImages']
  readonly disk: SolvePlanDeps['disk']
  readonly controlPlane: StageDeps['controlPlane'] & SaveImageDeps['controlPlane']
}

export function createBuildImage(deps: BuildDeps): NodeActivities['buildImage'] {
  return async (attempt) =>
    attendStage(startStage(deps, attempt, 'building', async (job) => buildPlan(deps, job)))
}

async function buildPlan(deps: BuildDeps, job: StageJob): Promise<Built> {
  const syntax = readSyntax(job.plan.dockerfile)
  if (syntax !== undefined) job.log.remark(ignoredSyntax(syntax))
  if (job.plan.save !== undefined) await saveImage(deps, job, job.plan.save)
  const { digest, cached, total, blobs } = await solvePlan(deps, 'building', job, { push: false })
  deps.facts.prepare({ blobs, digest })
  return { digest, cachedSteps: cached, totalSteps: total }
}

/** Another frontend would be foreign code inside the daemon; what its line asked for must not vanish in silence. */
function ignoredSyntax(syntax: string): string {
  return `WARNING "# syntax=${syntax}" is ignored: Kiln builds with the frontend of its own daemon`
}
