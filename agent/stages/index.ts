import type { NodeActivities } from '#contract/activities.ts'
import { type BuildDeps, createBuildImage } from './build-image.ts'
import { createPushImage } from './push-image.ts'
import type { PushDeps } from './push-patiently.ts'
import { attendStage } from './run-stage.ts'
import { createVerifyImage, type VerifyDeps } from './verify-image.ts'

/** Each stage begins with what the one before has made, while the farm is still being told about that one. */
export function createNodeActivities(deps: BuildDeps & VerifyDeps & PushDeps): NodeActivities {
  const buildImage = createBuildImage(deps)
  const verifying = createVerifyImage(deps)
  const pushing = createPushImage(deps)
  return {
    buildImage: async (attempt) => {
      const built = await buildImage(attempt)
      verifying.begin(attempt, built.digest)
      return built
    },
    verifyImage: async (attempt, digest) => {
      const verification = await attendStage(verifying.claim(attempt, digest))
      pushing.begin(attempt, digest)
      return verification
    },
    pushImage: async (attempt, digest) => {
      const pushed = await attendStage(pushing.claim(attempt, digest))
      await deps.savedImages.remove(attempt)
      return pushed
    },
    cleanUp: async (attempt) => {
      await deps.running.stop(attempt)
      await deps.savedImages.remove(attempt)
    },
  }
}
