import { showBytes } from '#contract/bytes.ts'
import type { BuildPlan } from '#contract/build.ts'
import { type BuildFailure, type FailureCode, failures } from '#contract/failure.ts'
import { packageExits } from '#contract/packages.ts'
import type { NodeStage } from '#contract/stage.ts'
import { findNamingLine, findStepLine } from '../../dockerfile/find-step.ts'
import { BuildkitError, grpcCode } from '../buildkit/error.ts'
import { ContextUnavailable } from '../contexts/context-unavailable.ts'
import { DaemonUnavailable } from '../daemon/daemon-pool.ts'
import { DiskFull } from '../disk/disk-full.ts'
import { Unsaveable } from '../saving/unsaveable.ts'
import { explainRefusal } from './explain-refusal.ts'
import { GpuLost } from './lease-gpu.ts'
import { maskPlan } from './plan-secrets.ts'
import { LimitReached } from './limit-reached.ts'
import { DigestChanged } from './require-digest.ts'
import { Unverified } from './unverified.ts'
import { Silence } from './watch-output.ts'

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

const maxMessage = 500

/** What a message names of the instruction that it means, where the daemon gives no line. */
const named: readonly (readonly [RegExp, (found: string) => string])[] = [
  [/source "([^"]+)" denied by policy/, (url) => url],
  [/network\.(host) is not allowed/, (mode) => `--network=${mode}`],
  [/security\.(insecure) is not allowed/, (mode) => `--security=${mode}`],
  [/device "?([^" ]+)"? is (?:not registered|requested)/, (device) => `--device=${device}`],
  [/invalid stage index (\d+)/, (index) => `--from=${index}`],
  [/failed to calculate checksum of ref .*"\/?([^"]+)": not found/, (path) => path],
]

/** Ordered: the first that matches decides. The daemon gives most errors the same status, so its words are read. */
const byMessage: readonly (readonly [RegExp, FailureCode])[] = [
  [/dockerfile parse error|unknown instruction|unknown flag/i, 'dockerfile_invalid'],
  [/invalid stage index|lint violation found/i, 'dockerfile_invalid'],
  [/digest mismatch|expected checksum to match/i, 'checksum_mismatch'],
  [/invalid response status 4\d\d/i, 'source_not_found'],
  [
    /not our ref|couldn't find remote ref|does not contain ref|repository '[^']*' not found|failed to checkout remote/i,
    'git_ref_not_found',
  ],
  [/(invalid|failed to open) subdir|failed to lstat|git subpath/i, 'source_not_found'],
  [/git stderr|failed to fetch remote|unknown scheme git/i, 'git_unavailable'],
  [
    /failed to resolve source metadata.*(not found|denied|unauthorized|insufficient_scope)/i,
    'base_not_found',
  ],
  [/failed to resolve source metadata|failed to do request/i, 'base_unavailable'],
  [/denied by policy/i, 'source_denied'],
  [/failed to (compute cache key|calculate checksum)|^lstat .*no such file/i, 'source_not_found'],
  [/^process .* did not complete successfully/i, 'step_failed'],
  [/failed to push|pushing manifest|unexpected status from (HEAD|PUT|POST|PATCH)/i, 'push_failed'],
]

/** What went wrong in a stage, as a failure of the table. Pure. */
export function explain(error: unknown, stage: NodeStage, plan: BuildPlan): BuildFailure {
  if (error instanceof Unverified) return error.failure
  if (error instanceof Unsaveable) return { code: error.code, message: error.message }
  if (error instanceof GpuLost) return { code: 'gpu_failed', message: error.message }
  const refused = explainRefusal(error)
  if (refused !== undefined) return refused
  if (error instanceof DigestChanged) return { code: 'digest_changed', message: error.message }
  if (error instanceof ContextUnavailable) {
    return { code: 'context_unavailable', message: error.message }
  }
  if (error instanceof DaemonUnavailable) return { code: 'builder_lost', message: error.message }
  if (error instanceof DiskFull) return explainDiskFull(error, stage, plan)
  if (error instanceof Silence) return explainSilence(error, stage, plan)
  if (error instanceof LimitReached) return explainLimit(error, stage, plan)
  if (!(error instanceof BuildkitError)) {
    return { code: 'internal', message: `the node failed in the stage ${stage}` }
  }
  return explainBuildkitError(error, stage, plan)
}

function explainBuildkitError(
  { code, reason: message, details }: BuildkitError,
  stage: NodeStage,
  plan: BuildPlan,
): BuildFailure {
  return explainDaemonError({ code, message, ...details }, stage, plan)
}

function explainLimit(
  { limit, limits, error }: LimitReached,
  stage: NodeStage,
  plan: BuildPlan,
): BuildFailure {
  const failure = explainBuildkitError(error, stage, plan)
  const memory = Math.min(limits.memory, plan.options.limits?.memory ?? Number.POSITIVE_INFINITY)
  const why = {
    memory: `the kernel killed a process of the step for memory, of which it may use ${showBytes(memory)}`,
    processes: `the step was refused another process: the steps of a project may have ${limits.processes} at once`,
  }[limit]
  const code = limit === 'memory' ? 'out_of_memory' : 'too_many_processes'
  return {
    ...failure,
    ...(failure.code === 'step_failed' && { code }),
    message: `${why} (${failure.message})`.slice(0, maxMessage),
  }
}

/** The place is told all the same: it is where so much was needed. */
function explainDiskFull({ message, cause }: DiskFull, stage: NodeStage, plan: BuildPlan) {
  const { line, exitCode } = cause instanceof BuildkitError ? explain(cause, stage, plan) : {}
  return {
    code: 'disk_full' as const,
    message,
    ...(line === undefined ? {} : { line }),
    ...(exitCode === undefined ? {} : { exitCode }),
  }
}

function explainSilence({ message, step }: Silence, stage: NodeStage, plan: BuildPlan) {
  const place = findStepLine(plan.dockerfile, step)
  const line = place === undefined ? undefined : place - plan.added_lines
  return {
    code: 'stage_timeout' as const,
    message,
    stage,
    ...(line !== undefined && line > 0 ? { line } : {}),
  }
}

/** What an error of the daemon means for the build. Pure. */
export function explainDaemonError(
  error: DaemonError,
  stage: NodeStage,
  plan: BuildPlan,
): BuildFailure {
  const known = plan.packages === true && stage === 'building' && packageFailure(error)
  const code = known || codeOf(error, stage)
  const place =
    error.line ??
    findStepLine(plan.dockerfile, error.step ?? '') ??
    findNamingLine(plan.dockerfile, nameIn(error.message))
  const line = place === undefined ? undefined : place - plan.added_lines
  return {
    code,
    message: known ? failures[known].message : readable(error.message, plan),
    ...(line !== undefined && line > 0 && stage === 'building' ? { line } : {}),
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
  }
}

/** Why a step that Kiln itself has written ended, where it knows. */
function packageFailure({ exitCode }: DaemonError): FailureCode | undefined {
  return Object.entries(packageExits).find(([exit]) => Number(exit) === exitCode)?.[1]
}

function nameIn(message: string): string | undefined {
  return named
    .map(([pattern, name]) => {
      const found = pattern.exec(message)?.[1]
      return found && name(found)
    })
    .find((name) => name !== undefined)
}

function codeOf(error: DaemonError, stage: NodeStage): FailureCode {
  const { code, message, exitCode, line, step } = error
  if (code === grpcCode.unavailable) return 'builder_lost'
  if (stage === 'verifying') return 'verification_failed'
  if (exitCode !== undefined) return 'step_failed'
  const known = byMessage.find(([pattern]) => pattern.test(message))
  if (known !== undefined) return known[1]
  if (stage === 'pushing') return 'push_failed'
  // A place in the Dockerfile without a step that failed there: the frontend did not understand it.
  return line !== undefined && step === undefined ? 'dockerfile_invalid' : 'build_refused'
}

/** The line that matters without secrets, and with line numbers of what the user wrote. */
function readable(message: string, plan: BuildPlan): string {
  const counted = headline(message).replace(
    /\bon line (\d+)/,
    (_, line: string) => `on line ${Number(line) - plan.added_lines}`,
  )
  return maskPlan(plan).text(counted).slice(0, maxMessage)
}

/** The first line; where that says only that git has failed, with what git says. */
function headline(message: string): string {
  const [first = '', ...rest] = message.split('\n')
  const reason = rest.findLast((line) => /^(fatal|error): /.test(line))
  return reason === undefined ? first : first.replace(/git stderr:$/, reason)
}
