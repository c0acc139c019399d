import type { NodeActivities } from '#contract/activities.ts'
import { type BuildDeps, createBuildImage } from './build-image.ts'
import { createPushImage } from './push-image.ts'
import { createVerifyImage, type VerifyDeps } from './verify-image.ts'

export function createNodeActivities(deps: BuildDeps & VerifyDeps): NodeActivities {
  return {
    buildImage: createBuildImage(deps),
    verifyImage: createVerifyImage(deps),
    pushImage: createPushImage(deps),
    cleanUp: async (attempt) => deps.running.stop(attempt),
  }
}
