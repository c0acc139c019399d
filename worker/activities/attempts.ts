import type { ControlActivities } from '#contract/activities.ts'
import { endAttempt } from '../../records/attempts.ts'
import { joinRunning, readContentKey } from '../../records/joined-builds.ts'
import { type PlacerDeps, placeBuild } from '../placement/place-builds.ts'
import type { FirstSteps } from './first-steps.ts'
import { requireStageWith } from './require-stage.ts'

/** The activities that find an attempt its node and give the node back. */
export function createAttemptActivities(
  deps: PlacerDeps,
): Pick<FirstSteps, 'seekNode'> & Pick<ControlActivities, 'endAttempt'> {
  return {
    seekNode: async (attempt, from) => {
      const { db } = deps
      const { buildId } = attempt
      const isFirst = attempt.attempt === 0
      const entry = { ...attempt, stage: 'waiting', from } as const
      const key = await requireStageWith(db, entry, async (own) =>
        isFirst ? readContentKey(own, buildId) : undefined,
      )
      if (key !== undefined && (await joinRunning(db, buildId, key)) !== undefined) return null
      return placeBuild(deps, attempt)
    },
    endAttempt: async (attempt, failure) => endAttempt(deps.db, attempt, failure),
  }
}
