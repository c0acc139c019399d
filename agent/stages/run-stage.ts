import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity'
import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import { asApplicationFailure, type BuildFailure, failures } from '#contract/failure.ts'
import { gpuWaitOf } from '#contract/gpu-policy.ts'
import type { NodeStage } from '#contract/stage.ts'
import { stageLimit } from '#contract/stage-limits.ts'
import type { StepReport } from '#contract/step.ts'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'
import { createStepFinder } from '../../dockerfile/find-step.ts'
import { createStepCollector } from '../logs/collect-steps.ts'
import type { MaskedLog } from '../logs/describe-progress.ts'
import type { LostLines } from '../logs/lost-lines.ts'
import type { Mask } from '../logs/mask-secrets.ts'
import { createStepReporter, type StepReporter } from '../logs/report-steps.ts'
import { createLogSender, type LogSender } from '../logs/sender.ts'
import { createStepNumbers, type StepNumbers } from '../logs/step-numbers.ts'
import { askAgain } from './ask-again.ts'
import { explainRefusal } from './explain-refusal.ts'
import { maskPlan } from './plan-secrets.ts'
import { Fenced, type Running } from './running.ts'

const heartbeatMs = 2_000
/** How long the last lines of a stage may take to arrive once the stage is over. */
const lastLinesMs = 10_000

const planLimitMs = 60_000

export interface StageDeps {
  readonly controlPlane: Pick<
    ControlPlane,
    'beginStage' | 'appendLog' | 'reportSteps' | 'readContext'
  >
  readonly running: Running
  readonly random: () => number
  readonly now: () => Date
  readonly lostLines: LostLines
  /** What an error of the stage means for the build. */
  readonly explain: (error: unknown, stage: NodeStage, plan: BuildPlan) => BuildFailure
}

export interface StageJob {
  readonly plan: BuildPlan
  readonly signal: AbortSignal
  readonly log: Pick<LogSender, 'remark' | 'room'> & MaskedLog
  readonly numbers: StepNumbers
  readonly steps: Pick<StepReporter, 'read'>
  /** How much of the stage's time is left. */
  readonly leftMs: () => number
}

/** Work on a stage that goes on whether or not its activity has come yet. */
export interface StartedStage<T> {
  readonly result: Promise<T>
  readonly stop: () => void
}

/** The stage was stopped; why is known to its activity only. */
class StageStopped extends Error {
  override readonly name = 'StageStopped'
}

/**
 * Starts to work on a stage: tells that it begins, which is answered with the plan, delivers the log, and turns whatever
 * goes wrong into a failure of the table.
 * @param after what must have settled before it begins.
 */
export function startStage<T>(
  deps: StageDeps,
  attempt: AttemptRef,
  stage: NodeStage,
  body: (job: StageJob) => Promise<T>,
  after?: Promise<unknown>,
): StartedStage<T> {
  const startedAt = performance.now()
  const abort = new AbortController()
  const work = async (signal: AbortSignal) => {
    const plan = await begin(deps, attempt, stage, signal)
    const log = createLog(deps, attempt, stage, plan)
    const mask = maskPlan(plan)
    const numbers = createStepNumbers()
    const steps = createSteps(deps, attempt, { stage, numbers, plan, mask })
    const endsAt = startedAt + limitOf(stage, plan) * 1000
    const leftMs = () => endsAt - performance.now()
    try {
      return await body({ plan, signal, log: maskLog(log, mask), numbers, steps, leftMs })
    } catch (error) {
      if (signal.aborted) throw error
      throw fail(deps.explain(error, stage, plan), maskError(error, mask))
    } finally {
      const [lost] = await Promise.all([log.end(lastLinesMs), steps.end(lastLinesMs)])
      deps.lostLines.add(attempt, lost)
    }
  }
  const result = deps.running.run(attempt, abort.signal, async (signal) => {
    try {
      await after
      signal.throwIfAborted()
      const done = await work(signal)
      // Stopped while it sent its last lines: what would follow must not begin.
      signal.throwIfAborted()
      return done
    } catch (error) {
      throw signal.aborted
        ? new StageStopped('the stage was stopped', { cause: signal.reason })
        : error
    }
  })
  // An activity that comes for it hears of a failure; without one nobody does.
  result.catch(() => undefined)
  return { result, stop: () => abort.abort() }
}

/** As the activity has it, in seconds. */
function limitOf(stage: NodeStage, { options, gpu_policy: policy }: BuildPlan): number {
  return stageLimit(stage, options.timeouts ?? {}, gpuWaitOf(policy))
}

/** Sees a stage through as the Temporal activity that runs here: heartbeats, and stops the stage when it is cancelled. */
export async function attendStage<T>({ result, stop }: StartedStage<T>): Promise<T> {
  const activity = Context.current()
  const { cancellationSignal: signal } = activity
  const beat = setInterval(() => activity.heartbeat(), heartbeatMs)
  signal.addEventListener('abort', stop, { once: true })
  if (signal.aborted) stop()
  try {
    return await result
  } catch (error) {
    throw error instanceof StageStopped ? stopped(activity, error.cause) : error
  } finally {
    clearInterval(beat)
  }
}

/** The plan, as soon as the server answers: a server that is started anew must not cost the build an attempt. */
async function begin(
  { controlPlane, random }: StageDeps,
  attempt: AttemptRef,
  stage: NodeStage,
  signal: AbortSignal,
): Promise<BuildPlan> {
  try {
    const begun = async () => controlPlane.beginStage(attempt, stage)
    return await askAgain(begun, { random, signal, limitMs: planLimitMs })
  } catch (error) {
    if (signal.aborted) throw error
    const refused = explainRefusal(error)
    if (refused !== undefined) throw fail(refused, error)
    throw fail({ code: 'internal', message: 'the plan of the build could not be read' }, error)
  }
}

function createLog(
  { controlPlane, random, now, lostLines }: StageDeps,
  attempt: AttemptRef,
  stage: NodeStage,
  plan: BuildPlan,
): LogSender {
  const log = createLogSender(
    {
      send: (start, block) => controlPlane.appendLog(attempt, start, block),
      judge: judgeRefusal,
      random,
      now: () => now().getTime(),
      clock: () => performance.now(),
    },
    { stage, firstLine: plan.next_line },
  )
  const lost = lostLines.take(attempt)
  if (lost > 0) log.remark(`[${lost} lines are missing: the server did not answer]`)
  return log
}

interface Reported {
  readonly stage: NodeStage
  readonly numbers: StepNumbers
  readonly plan: BuildPlan
  readonly mask: Mask
}

function createSteps(
  { controlPlane, random }: StageDeps,
  attempt: AttemptRef,
  { stage, numbers, plan, mask }: Reported,
): StepReporter {
  const findStep = createStepFinder(plan.dockerfile)
  const collector = createStepCollector({
    stage,
    numbers,
    findLine: findStep,
    addedLines: plan.added_lines,
    mask: mask.text,
  })
  const send = (report: StepReport) => controlPlane.reportSteps(attempt, report)
  return createStepReporter({ send, judge: judgeRefusal, random }, collector)
}

function maskLog(log: LogSender, mask: Mask): StageJob['log'] {
  return {
    ...log,
    mask,
    write: (origin, text, continued) => log.write(origin, mask.bytes(text), continued),
  }
}

/** What goes to Temporal beside the failure stays in its history. */
function maskError(error: unknown, mask: Mask): unknown {
  if (!(error instanceof Error)) return undefined
  const masked = new Error(mask.text(error.message))
  return Object.assign(masked, { name: error.name, stack: mask.text(error.stack ?? '') })
}

/** A log that belongs to an attempt of the past is of no use; lines that the server cannot take must not hold up the rest. */
function judgeRefusal(error: unknown): 'retry' | 'skip' | 'stop' {
  if (!(error instanceof ControlPlaneError)) return 'stop'
  const { status = 503 } = error
  if (status >= 500 || status === 429) return 'retry'
  return status === 400 || status === 413 ? 'skip' : 'stop'
}

/**
 * Why a stage was stopped. An agent that leaves hands its work back to be done elsewhere; Temporal expects a cancelled
 * activity to say so; and one that a clean-up has stopped belongs to a build that has ended.
 */
function stopped({ cancellationDetails, cancellationSignal }: Context, cause: unknown): Error {
  if (cause instanceof Fenced) {
    return fail({ code: 'agent_fenced', message: failures.agent_fenced.message })
  }
  if (cancellationDetails?.workerShutdown === true) {
    return fail({ code: 'agent_stopped', message: failures.agent_stopped.message })
  }
  if (cancellationSignal.aborted) return new CancelledFailure('the stage was cancelled')
  return fail({ code: 'cancelled', message: 'The build was cancelled' })
}

function fail(failure: BuildFailure, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({
    ...asApplicationFailure(failure),
    ...(cause instanceof Error ? { cause } : {}),
  })
}
