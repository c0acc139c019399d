import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow'
import type { BuildTimeouts } from '#contract/build.ts'
import type { FailureCode } from '#contract/failure.ts'
import type { NodeStage } from '#contract/stage.ts'
import { stageLimit } from '#contract/stage-limits.ts'

/** Tries of a build on nodes, the first included. */
export const maxAttempts = 3

/** How attempts end that do not count as tries: they say nothing of the build, only that it belongs elsewhere. */
export const uncounted: readonly FailureCode[] = ['agent_stopped', 'agent_fenced', 'gpu_elsewhere']

/** Longest time in which a build is begun at once: the worker gives up before that. */
export const beginLimit = '5 seconds'

/** How long a build may wait for a node. */
export const waitingLimit = '24 hours'

/** How attempts end whose builds then wait for a GPU: their policy ends the wait. */
export const waitsForGpu: readonly FailureCode[] = ['gpu_elsewhere', 'gpu_failed']

/** How long one may wait whose node was lost: after that the loss is what is told. */
export const retryWaitingLimit = '10 minutes'

/** Pause before attempt `n + 1`, in ms: it doubles from one second to half a minute, ±25 %. */
export function attemptBackoff(n: number, random: number): number {
  return Math.min(30_000, 1000 * 2 ** (n - 1)) * (0.75 + random / 2)
}

/** Short writes to Postgres. They are retried for as long as the database is away: nothing accepted is lost. */
export const record = {
  startToCloseTimeout: '10 seconds',
  retry: {
    initialInterval: '100 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '10 seconds',
  },
} as const satisfies LocalActivityOptions & ActivityOptions

/** Activities that ask a registry. What the registry may still mend is retried, then told. */
export const registry = {
  startToCloseTimeout: '2 minutes',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 3,
    maximumInterval: '30 seconds',
    maximumAttempts: 5,
  },
} as const satisfies ActivityOptions

/** What was pushed is good: a registry that is away holds it up for as long as a push may take. */
export const publishing = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '1 hour',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    nonRetryableErrorTypes: ['registry_mismatch', 'digest_changed'] satisfies FailureCode[],
  },
} as const satisfies ActivityOptions

/** Each try is one look. The project's policy ends the wait; a registry that is away as well. */
export const scan = {
  startToCloseTimeout: '4 minutes',
  scheduleToCloseTimeout: '2 hours',
  retry: { initialInterval: '2 seconds', backoffCoefficient: 1.3, maximumInterval: '15 seconds' },
  summary: 'wait for the scan of the registry',
} as const satisfies ActivityOptions

/** The name has moved already: a registry that is away holds the build up, but does not make it fail. */
export const tagging = {
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '6 hours',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
} as const satisfies ActivityOptions

/**
 * A stage on a node is tried once: trying again means a new attempt with a new number, perhaps elsewhere. A node that
 * is gone is noticed by its lease; the heartbeat timeout is the second fence.
 */
const onNode = {
  scheduleToStartTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 1 },
} as const satisfies ActivityOptions

const summaries = {
  building: 'build with BuildKit',
  verifying: 'run what was built',
  pushing: 'push by digest',
} as const satisfies Record<NodeStage, string>

/** How a stage is run on a node. @param gpuWait seconds that the verification may wait for a GPU. */
export function nodeStage(
  stage: NodeStage,
  timeouts: BuildTimeouts,
  gpuWait: number,
): ActivityOptions {
  const startToCloseTimeout = `${stageLimit(stage, timeouts, gpuWait)} seconds` as const
  return { ...onNode, startToCloseTimeout, summary: summaries[stage] }
}

/** Stopping what a node still runs must not hold up the end of the build when the node is gone. */
export const cleanUp = {
  scheduleToStartTimeout: '5 seconds',
  startToCloseTimeout: '20 seconds',
  retry: { maximumAttempts: 1 },
  summary: 'stop what is left on the node',
} as const satisfies ActivityOptions

/** How long an environment may wait for a node. */
export const environmentWait = '24 hours'

/** A start that is tried again goes on with what the node has pulled by then. */
export const startOnNode = {
  scheduleToStartTimeout: '1 minute',
  startToCloseTimeout: '2 hours',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 4 },
  summary: 'pull the image and start the container',
} as const satisfies ActivityOptions

/** A node that is gone must not hold up the end: it stops what should not run as soon as it is back. */
export const stopOnNode = {
  scheduleToStartTimeout: '10 seconds',
  startToCloseTimeout: '1 minute',
  retry: { maximumAttempts: 2 },
  summary: 'stop the container',
} as const satisfies ActivityOptions
