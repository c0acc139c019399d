import type { ControlActivities } from '#contract/activities.ts'
import { endAttempt, startAttempt } from '../../records/attempts.ts'
import type { Pool } from '../../records/connect.ts'
import { enterStage } from '../../records/stages.ts'
import { failBuild } from './fail.ts'

const stale = () => failBuild({ code: 'stale_attempt', message: 'a newer attempt decides' })

/** The activities that keep the book about attempts and stages. */
export function createAttemptActivities(deps: {
  readonly db: Pool
}): Pick<ControlActivities, 'recordStage' | 'startAttempt' | 'endAttempt'> {
  return {
    recordStage: async (change) => {
      if (!(await enterStage(deps.db, change))) throw stale()
    },
    startAttempt: async (attempt) => {
      if (!(await startAttempt(deps.db, attempt))) throw stale()
    },
    endAttempt: async (attempt, failure) => endAttempt(deps.db, attempt, failure),
  }
}
