import type { BuildPlan } from '#contract/build.ts'
import type { BuildFailure, FailureCode } from '#contract/failure.ts'
import type { NodeStage } from '#contract/stage.ts'
import { findSourceLine, findStepLine } from '../../dockerfile/find-step.ts'
import { BuildkitError, grpcCode } from '../buildkit/error.ts'
import { DigestChanged } from './require-digest.ts'

/** What the build daemon says of a solve that failed. */
export interface DaemonError {
  /** gRPC status code. */
  readonly code: number
  readonly message: string
  /** First line of the place in the Dockerfile that was built, counted from 1. */
  readonly line?: number
  /** Name of the step that failed. */
  readonly step?: string
  readonly exitCode?: number
}

const killed = 137
const deniedSource = /source "([^"]+)" denied by policy/
const maxMessage = 500

/** Ordered: the first that matches decides. The daemon gives most errors the same status, so its words are read. */
const byMessage: readonly (readonly [RegExp, FailureCode])[] = [
  [/dockerfile parse error|unknown instruction|unknown flag/i, 'dockerfile_invalid'],
  [
    /failed to resolve source metadata.*(not found|denied|unauthorized|insufficient_scope)/i,
    'base_not_found',
  ],
  [/failed to resolve source metadata|failed to do request/i, 'base_unavailable'],
  [/denied by policy/i, 'source_denied'],
  [/failed to (compute cache key|calculate checksum)/i, 'source_not_found'],
  [/failed to push|pushing manifest|unexpected status from (HEAD|PUT|POST|PATCH)/i, 'push_failed'],
]

/** What went wrong in a stage, as a failure of the table. Pure. */
export function explain(error: unknown, stage: NodeStage, plan: BuildPlan): BuildFailure {
  if (error instanceof DigestChanged) return { code: 'digest_changed', message: error.message }
  if (!(error instanceof BuildkitError)) {
    return { code: 'internal', message: `the node failed in the stage ${stage}` }
  }
  const { code, reason: message, details } = error
  return explainDaemonError({ code, message, ...details }, stage, plan)
}

/** What an error of the daemon means for the build. Pure. */
export function explainDaemonError(
  error: DaemonError,
  stage: NodeStage,
  plan: BuildPlan,
): BuildFailure {
  const code = codeOf(error, stage)
  const place =
    error.line ??
    findStepLine(plan.dockerfile, error.step ?? '') ??
    findSourceLine(plan.dockerfile, deniedSource.exec(error.message)?.[1])
  const line = place === undefined ? undefined : place - plan.added_lines
  return {
    code,
    message: readable(error.message, plan),
    ...(line !== undefined && line > 0 && stage === 'building' ? { line } : {}),
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
  }
}

function codeOf({ code, message, exitCode }: DaemonError, stage: NodeStage): FailureCode {
  if (code === grpcCode.unavailable) return 'builder_lost'
  if (stage === 'verifying') return 'verification_failed'
  if (exitCode === killed) return 'out_of_memory'
  if (exitCode !== undefined) return 'step_failed'
  const known = byMessage.find(([pattern]) => pattern.test(message))
  if (known !== undefined) return known[1]
  return stage === 'pushing' ? 'push_failed' : 'build_refused'
}

/** The first line without the farm's secret, and with line numbers of what the user wrote. */
function readable(message: string, { added_lines: added, registry }: BuildPlan): string {
  const [first = ''] = message.split('\n')
  const counted = first.replace(
    /\bon line (\d+)/,
    (_, line: string) => `on line ${Number(line) - added}`,
  )
  const safe = registry.secret === '' ? counted : counted.replaceAll(registry.secret, '***')
  return safe.slice(0, maxMessage)
}
