import type { ControlActivities } from '#contract/activities.ts'
import type { Stage, Status } from '#contract/stage.ts'
import type { EnvironmentControlActivities } from '#contract/environment-activities.ts'
import { finishBuild } from '../../records/end-build.ts'
import { findSave } from '../../records/saves.ts'
import { createEnvironmentActivities } from '../environments/activities.ts'
import type { PlacerDeps } from '../placement/place-builds.ts'
import { createLocate, type OwnRegistry } from '../../registry/registries.ts'
import { createAttemptActivities } from './attempts.ts'
import type { FirstSteps } from './first-steps.ts'
import { createPublishImage, type PublishDeps } from './publish-image.ts'
import { requireBuild } from './require-build.ts'
import { requireStageWith } from './require-stage.ts'
import { createResolveBases } from './resolve-bases.ts'
import { resolveParent } from './resolve-parent.ts'
import { createResolveSources, type SourceDeps } from './resolve-sources.ts'
import { createScanImage, type ScanDeps } from './scan-image.ts'
import { createTagImage } from './tag-image.ts'
import { createValidateBuild } from './validate-build.ts'

export interface ControlDeps
  extends
    Omit<SourceDeps, 'db' | 'locate'>,
    PlacerDeps,
    Omit<PublishDeps, 'db' | 'own'>,
    Omit<ScanDeps, 'db' | 'own'> {
  readonly own: OwnRegistry
}

export function createControlActivities(
  deps: ControlDeps,
): Omit<ControlActivities, keyof FirstSteps | 'beginBuild'> &
  FirstSteps &
  EnvironmentControlActivities {
  const { db, own } = deps
  const pinning = { ...deps, locate: createLocate(own) }
  const resolveBases = createResolveBases(pinning)
  const resolveSources = createResolveSources(pinning)
  return {
    ...createAttemptActivities(deps),
    ...createEnvironmentActivities(deps),
    validateBuild: createValidateBuild(deps),
    // One activity, as the workflow has it since there were only bases.
    resolveBases: async (buildId: string, from?: Stage | Status) => {
      const entry = { buildId, attempt: 0, stage: 'resolving', from } as const
      const [build, nodes, save] = await requireStageWith(db, entry, async (at) =>
        Promise.all([requireBuild(at, buildId), deps.nodes.read(at), findSave(at, buildId)]),
      )
      await Promise.all([resolveSources(build), resolveBases(build, nodes)])
      if (save !== undefined) await resolveParent(deps, buildId, save)
    },
    scanImage: createScanImage(deps),
    publishImage: createPublishImage(deps),
    tagImage: createTagImage(deps),
    finishBuild: async (end) => finishBuild(db, end),
  }
}
