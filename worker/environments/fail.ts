import { ApplicationFailure } from '@temporalio/common'
import { asEnvironmentFailure, type EnvironmentReason } from '#contract/environment-reason.ts'

/** The one way in which an activity for an environment fails on purpose. */
export function failEnvironment(reason: EnvironmentReason, message?: string): ApplicationFailure {
  return ApplicationFailure.create(asEnvironmentFailure(reason, message))
}
