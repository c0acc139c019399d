import type { ControlActivities } from '#contract/activities.ts'
import { finishBuild } from '../../records/builds.ts'
import type { Pool } from '../../records/connect.ts'
import { createLocate, type OwnRegistry } from '../registry/registries.ts'
import { createAttemptActivities } from './attempts.ts'
import { createPublishImage } from './publish-image.ts'
import { createResolveBases } from './resolve-bases.ts'
import { createTagImage } from './tag-image.ts'
import { createValidateBuild } from './validate-build.ts'

export function createControlActivities(deps: {
  readonly db: Pool
  readonly own: OwnRegistry
}): ControlActivities {
  const { db, own } = deps
  return {
    ...createAttemptActivities(deps),
    validateBuild: createValidateBuild(deps),
    resolveBases: createResolveBases({ db, locate: createLocate(own) }),
    publishImage: createPublishImage(deps),
    tagImage: createTagImage(deps),
    finishBuild: async (end) => finishBuild(db, end),
  }
}
