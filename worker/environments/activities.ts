import type { EnvironmentControlActivities } from '#contract/environment-activities.ts'
import { placeEnvironment } from '../../matrix/place-environment.ts'
import type { Pool } from '../../records/connect.ts'
import { placeEnvironments } from '../../records/environment-placement.ts'
import {
  endEnvironment,
  enterStopping,
  lookAtEnvironment,
} from '../../records/environment-starts.ts'
import { awaitNode } from '../../records/environments.ts'
import { createReadImage, type ReadImageDeps } from './read-image.ts'

export function createEnvironmentActivities(
  deps: ReadImageDeps & { readonly db: Pool },
): EnvironmentControlActivities {
  const { db } = deps
  return {
    readEnvironmentImage: createReadImage(deps),
    seekEnvironmentNode: async (ref) => {
      await awaitNode(db, ref)
      await placeEnvironments(db, placeEnvironment)
    },
    lookAtEnvironment: async (ref) => lookAtEnvironment(db, ref),
    enterStopping: async (ref, reason) => enterStopping(db, ref, reason),
    endEnvironment: async (ref, end) => endEnvironment(db, ref, end),
  }
}
