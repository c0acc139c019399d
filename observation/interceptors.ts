import type { WorkerInterceptors } from '@temporalio/worker'
import type { Registry } from 'prom-client'
import { createStageTimes } from './time-stages.ts'
import type { Traces } from './traces.ts'

/** Times and traces work on a subject, as that of the activity of this name. */
export type ObserveStep = <T>(
  activity: string,
  subject: string,
  work: () => Promise<T>,
) => Promise<T>

export function createObserveStep(metrics: Registry, traces: Traces): ObserveStep {
  const time = createStageTimes(metrics)
  return async (activity, subject, work) =>
    traces.span(subject, activity, async () => time(activity, undefined, work))
}

/** Observes what a Temporal worker works on, without its knowing of it. A workflow is called as its subject. */
export function observeActivities(observe: ObserveStep): WorkerInterceptors {
  return {
    activity: [
      ({ info }) => ({
        inbound: {
          execute: async (input, next) =>
            observe(info.activityType, info.workflowExecution?.workflowId ?? '', async () =>
              next(input),
            ),
        },
      }),
    ],
  }
}
