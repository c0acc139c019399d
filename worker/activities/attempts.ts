import type { ControlActivities } from '#contract/activities.ts'
import { endAttempt } from '../../records/attempts.ts'
import { joinRunning } from '../../records/joined-builds.ts'
import { type PlacerDeps, placeBuild } from '../placement/place-builds.ts'
import { requireStage } from './require-stage.ts'

/** The activities that find an attempt its node and give the node back. */
export function createAttemptActivities(
  deps: PlacerDeps,
): Pick<ControlActivities, 'seekNode' | 'endAttempt'> {
  return {
    seekNode: async (attempt) => {
      await requireStage(deps.db, { ...attempt, stage: 'waiting' })
      const isFirst = attempt.attempt === 0
      if (isFirst && (await joinRunning(deps.db, attempt.buildId)) !== undefined) return null
      return placeBuild(deps, attempt.buildId)
    },
    endAttempt: async (attempt, failure) => endAttempt(deps.db, attempt, failure),
  }
}
