import type { WorkerInterceptors } from '@temporalio/worker'
import type { Registry } from 'prom-client'
import { createStageTimes } from './time-stages.ts'
import type { Traces } from './traces.ts'

/** Times and traces what a Temporal worker works on, without its knowing of it. A workflow is called as its subject. */
export function observeActivities(metrics: Registry, traces: Traces): WorkerInterceptors {
  const time = createStageTimes(metrics)
  return {
    activity: [
      ({ info }) => ({
        inbound: {
          execute: async (input, next) =>
            traces.span(info.workflowExecution?.workflowId ?? '', info.activityType, async () =>
              time(info.activityType, input, next),
            ),
        },
      }),
    ],
  }
}
