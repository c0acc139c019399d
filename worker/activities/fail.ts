import { ApplicationFailure } from '@temporalio/common'
import { type BuildFailure, failures } from '#contract/failure.ts'

/** The one way in which an activity fails on purpose: the failure as data, retried only where the table says so. */
export function failBuild(failure: BuildFailure, cause?: unknown): ApplicationFailure {
  const { code: type, message } = failure
  return ApplicationFailure.create({
    type,
    message,
    nonRetryable: !failures[type].retry,
    details: [failure],
    ...(cause instanceof Error ? { cause } : {}),
  })
}
