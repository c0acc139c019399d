import type { ControlActivities } from '#contract/activities.ts'
import { endAttempt } from '../../records/attempts.ts'
import { joinRunning } from '../../records/joined-builds.ts'
import { type PlacerDeps, placeBuild } from '../placement/place-builds.ts'
import type { FirstSteps } from './first-steps.ts'
import { requireStage } from './require-stage.ts'

/** The activities that find an attempt its node and give the node back. */
export function createAttemptActivities(
  deps: PlacerDeps,
): Pick<FirstSteps, 'seekNode'> & Pick<ControlActivities, 'endAttempt'> {
  return {
    seekNode: async (attempt, from) => {
      await requireStage(deps.db, { ...attempt, stage: 'waiting', from })
      const isFirst = attempt.attempt === 0
      if (isFirst && (await joinRunning(deps.db, attempt.buildId)) !== undefined) return null
      return placeBuild(deps, attempt)
    },
    endAttempt: async (attempt, failure) => endAttempt(deps.db, attempt, failure),
  }
}
