import { CancelledFailure, Context } from '@temporalio/activity'
import type { EnvironmentNodeActivities } from '#contract/environment-activities.ts'
import type { Environments } from './environments.ts'
import { failStart } from './explain.ts'

const heartbeatMs = 2_000

/** What workflows have done with environments on this node. */
export function createEnvironmentActivities(
  environments: Pick<Environments, 'start' | 'stop'>,
): EnvironmentNodeActivities {
  return {
    startEnvironment: async (ref) => {
      const activity = Context.current()
      const { cancellationSignal: signal } = activity
      const beat = setInterval(() => activity.heartbeat(), heartbeatMs)
      try {
        await environments.start(ref, signal)
      } catch (error) {
        if (signal.aborted) throw new CancelledFailure('the start was stopped')
        throw failStart(error)
      } finally {
        clearInterval(beat)
      }
    },
    stopEnvironment: async (ref) => environments.stop(ref),
  }
}
