import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  isCancellation,
  type LocalActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { ControlActivities } from '#contract/activities.ts'

const once = {
  startToCloseTimeout: '2 seconds',
  retry: { maximumAttempts: 1 },
} as const satisfies LocalActivityOptions

type Activities = ReturnType<typeof proxyActivities<ControlActivities>>

/**
 * Makes calls of activities that nearly always end at once: first within the workflow task, which saves two trips to the
 * server; what fails there but may be mended, or takes longer, goes on as an ordinary activity under `options`, where
 * operators see its retries. An activity called so may run twice.
 */
export function createBriefly(options: ActivityOptions) {
  const local = proxyLocalActivities<ControlActivities>(once)
  const ordinary = proxyActivities<ControlActivities>(options)
  return async <T>(call: (activities: Activities) => Promise<T>): Promise<T> => {
    try {
      return await call(local)
    } catch (error) {
      if (isCancellation(error) || isFinal(error)) throw error
      return call(ordinary)
    }
  }
}

/**
 * Makes one such call and leaves it to the caller to go on otherwise.
 * @returns `undefined` when it has failed but may be mended, or takes longer than `limit`.
 */
export async function tryBriefly<T>(
  call: (activities: Activities) => Promise<T>,
  limit: NonNullable<LocalActivityOptions['startToCloseTimeout']>,
): Promise<T | undefined> {
  const local = proxyLocalActivities<ControlActivities>({ ...once, startToCloseTimeout: limit })
  try {
    return await call(local)
  } catch (error) {
    if (isCancellation(error) || isFinal(error)) throw error
    return undefined
  }
}

function isFinal(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error
  return cause instanceof ApplicationFailure && cause.nonRetryable === true
}
