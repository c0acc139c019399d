import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow'
import { type BuildFailure, failures, isFailureCode } from '#contract/failure.ts'
import type { FinalStatus } from '#contract/stage.ts'

/** What an error of an activity means for the build. Pure. */
export function toFailure(error: unknown): BuildFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type))
    return readDetails(cause, cause.type)
  if (cause instanceof TimeoutFailure) return fromTimeout(cause)
  if (cause instanceof CancelledFailure || isCancellation(error)) return failureOf('cancelled')
  return failureOf('internal')
}

export function failureOf(code: BuildFailure['code']): BuildFailure {
  return { code, message: failures[code].message }
}

function readDetails(cause: ApplicationFailure, code: BuildFailure['code']): BuildFailure {
  const [details] = cause.details ?? []
  return { ...(isObject(details) ? details : {}), code, message: cause.message }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function fromTimeout({ timeoutType }: TimeoutFailure): BuildFailure {
  const lost = timeoutType === 'HEARTBEAT' || timeoutType === 'SCHEDULE_TO_START'
  return failureOf(lost ? 'agent_lost' : 'stage_timeout')
}

export function statusOf({ code }: BuildFailure): FinalStatus {
  if (code === 'cancelled') return 'cancelled'
  return code === 'stage_timeout' ? 'timed_out' : 'failed'
}
