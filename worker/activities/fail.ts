import { ApplicationFailure } from '@temporalio/common'
import { asApplicationFailure, type BuildFailure } from '#contract/failure.ts'

/** The one way in which an activity fails on purpose. */
export function failBuild(failure: BuildFailure, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    ...asApplicationFailure(failure),
    ...(cause instanceof Error ? { cause } : {}),
  })
}

/** The same where asking again would find the same: only another attempt can mend it. */
export function failAttempt(failure: BuildFailure): ApplicationFailure {
  return ApplicationFailure.create({ ...asApplicationFailure(failure), nonRetryable: true })
}
