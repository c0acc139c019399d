import type { BuildSummary, ShownEnvironment } from '#contract/answers.ts'
import type { FailureCode } from '#contract/failure.ts'

/** By cause, so that a script knows who must act without reading a text. Numbers are a contract. */
export const exitCodes = {
  ok: 0,
  /** The user's Dockerfile, context or options, or what is to run in an environment. */
  build: 1,
  /** The command line, or a request that the server refuses. */
  usage: 2,
  farm: 3,
  registry: 4,
  verification: 5,
  timedOut: 6,
  /** What was verified is not what it should be. */
  untrusted: 7,
  cancelled: 130,
} as const

export type ExitCause = keyof typeof exitCodes
export type ExitCode = (typeof exitCodes)[ExitCause]

/** Failures of the verification, whoever must act. */
const ofVerification: ReadonlySet<string> = new Set<FailureCode>([
  'verification_failed',
  'gpu_unavailable',
  'gpu_failed',
  'gpu_elsewhere',
  'evidence_mismatch',
  'evidence_refused',
])

const ofActor = { user: 'build', registry: 'registry', farm: 'farm' } as const

const isActor = (text: unknown): text is keyof typeof ofActor =>
  typeof text === 'string' && Object.hasOwn(ofActor, text)

/** How a command ends that waited for a build. Pure. */
export function exitCauseOf({
  status,
  failure,
}: Pick<BuildSummary, 'status' | 'failure'>): ExitCause {
  if (status === 'succeeded') return 'ok'
  if (status === 'cancelled') return 'cancelled'
  if (status === 'timed_out' || failure?.code === 'stage_timeout') return 'timedOut'
  if (failure === null) return 'farm'
  return ofVerification.has(failure.code) ? 'verification' : ofActor[failure.actor]
}

/** How a command ends that waited for an environment to start. Pure. */
export function exitCauseOfStart({
  state,
  reason,
}: Pick<ShownEnvironment, 'state' | 'reason'>): ExitCause {
  if (state !== 'failed' && state !== 'lost') return 'ok'
  // A newer server may know actors that are not in this table.
  return isActor(reason?.actor) ? ofActor[reason.actor] : 'farm'
}

/** Refusals that are about what is to be built. */
const ofRecipe: ReadonlySet<string> = new Set([
  'dockerfile_invalid',
  'context_invalid',
  'no_node_for_platform',
])
const ofRegistry: ReadonlySet<string> = new Set(['registry_denied', 'registry_unavailable'])

/** How a command ends whose request was refused, or not answered. Pure. */
export function exitCauseOfRefusal(
  status: number | undefined,
  code: string | undefined,
): ExitCause {
  if (code !== undefined && ofRegistry.has(code)) return 'registry'
  if (status === undefined || status >= 500) return 'farm'
  return code !== undefined && ofRecipe.has(code) ? 'build' : 'usage'
}
