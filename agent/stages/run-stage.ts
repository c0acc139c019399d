import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity'
import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import { asApplicationFailure, type BuildFailure } from '#contract/failure.ts'
import type { LogLine } from '#contract/log.ts'
import type { NodeStage } from '#contract/stage.ts'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'
import { createLogSender } from '../logs/sender.ts'
import type { Running } from './running.ts'

const heartbeatMs = 2_000
/** How long the last lines of a stage may take to arrive once the stage is over. */
const lastLinesMs = 10_000

export interface StageDeps {
  readonly controlPlane: Pick<ControlPlane, 'readPlan' | 'appendLog'>
  readonly running: Running
  readonly random: () => number
  /** What an error of the stage means for the build. */
  readonly explain: (error: unknown, stage: NodeStage, plan: BuildPlan) => BuildFailure
}

export interface StageJob {
  readonly plan: BuildPlan
  readonly signal: AbortSignal
  readonly log: (line: LogLine) => void
}

/**
 * Runs one stage as a Temporal activity: fetches the plan, heartbeats, delivers the log, stops on cancellation and
 * turns whatever goes wrong into a failure of the table.
 */
export async function runStage<T>(
  deps: StageDeps,
  attempt: AttemptRef,
  stage: NodeStage,
  body: (job: StageJob) => Promise<T>,
): Promise<T> {
  const activity = Context.current()
  const beat = setInterval(() => activity.heartbeat(), heartbeatMs)
  try {
    return await deps.running.run(attempt, activity.cancellationSignal, async (signal) => {
      const plan = await readPlan(deps.controlPlane, attempt)
      const sender = createSender(deps, attempt, plan)
      try {
        return await body({ plan, signal, log: (line) => sender.push(line) })
      } catch (error) {
        if (signal.aborted) throw stopped(activity)
        throw fail(deps.explain(error, stage, plan), error)
      } finally {
        await sender.end(lastLinesMs)
      }
    })
  } finally {
    clearInterval(beat)
  }
}

async function readPlan(
  controlPlane: StageDeps['controlPlane'],
  attempt: AttemptRef,
): Promise<BuildPlan> {
  try {
    return await controlPlane.readPlan(attempt)
  } catch (error) {
    const stale = error instanceof ControlPlaneError && error.status === 409
    if (stale) throw fail({ code: 'stale_attempt', message: 'a newer attempt decides' }, error)
    throw fail({ code: 'internal', message: 'the plan of the build could not be read' }, error)
  }
}

function createSender({ controlPlane, random }: StageDeps, attempt: AttemptRef, plan: BuildPlan) {
  return createLogSender(
    {
      send: (chunk) => controlPlane.appendLog(attempt, chunk),
      mayRetry: (error) =>
        !(error instanceof ControlPlaneError) || error.status === undefined || error.status >= 500,
      random,
    },
    plan.next_line,
  )
}

/**
 * Why a stage was stopped. An agent that leaves hands its work back to be done elsewhere; Temporal expects a cancelled
 * activity to say so; and one that a clean-up has stopped belongs to a build that has ended.
 */
function stopped({ cancellationDetails, cancellationSignal }: Context): Error {
  if (cancellationDetails?.workerShutdown === true) {
    return fail({ code: 'agent_lost', message: 'the node was shut down' })
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
