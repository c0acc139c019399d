import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow'
import {
  asApplicationFailure,
  type BuildFailure,
  failures,
  isFailureCode,
} from '#contract/failure.ts'
import type { FinalStatus, NodeStage } from '#contract/stage.ts'

const nodeStageOf: Readonly<Record<string, NodeStage>> = {
  buildImage: 'building',
  verifyImage: 'verifying',
  pushImage: 'pushing',
}

/** What an error of an activity means for the build. Pure. */
export function toFailure(error: unknown): BuildFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && isFailureCode(cause.type))
    return readDetails(cause, cause.type)
  if (cause instanceof TimeoutFailure) return fromTimeout(cause, error)
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

function fromTimeout({ timeoutType }: TimeoutFailure, error: unknown): BuildFailure {
  if (timeoutType === 'HEARTBEAT' || timeoutType === 'SCHEDULE_TO_START') {
    return failureOf('agent_lost')
  }
  const stage = error instanceof ActivityFailure ? nodeStageOf[error.activityType] : undefined
  if (stage === undefined) return failureOf('stage_timeout')
  return { code: 'stage_timeout', message: `The stage ${stage} took longer than it may`, stage }
}

export function statusOf({ code }: BuildFailure): FinalStatus {
  if (code === 'cancelled') return 'cancelled'
  return code === 'stage_timeout' ? 'timed_out' : 'failed'
}

/** The failure as the error with which a workflow ends. */
export function toError(failure: BuildFailure): ApplicationFailure {
  return ApplicationFailure.create(asApplicationFailure(failure))
}
