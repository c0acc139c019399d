import type { ControlActivities } from '#contract/activities.ts'
import { timeOfId } from '#contract/id.ts'
import type { Traces } from '../observation/traces.ts'

/** Makes a build that has ended the whole of which all that was done for it is a part. */
export function traceEnds<T extends Pick<ControlActivities, 'finishBuild'>>(
  activities: T,
  traces: Traces,
): T {
  return {
    ...activities,
    finishBuild: async (end) => {
      await activities.finishBuild(end)
      const { buildId, status, failure } = end
      traces.end(buildId, timeOfId(buildId), {
        'kiln.build.id': buildId,
        'kiln.build.status': status,
        ...(failure && { 'kiln.failure.code': failure.code }),
      })
    },
  }
}
