import {
  CancellationScope,
  condition,
  patched,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import type { ControlActivities } from '#contract/activities.ts'
import type { Begun, BuildInput, BuildTerms, BuildTimeouts, Published } from '#contract/build.ts'
import { type BuildFailure, failures } from '#contract/failure.ts'
import type { Stage } from '#contract/stage.ts'
import type { Loss, Placed } from '#contract/workflow.ts'
import { createBriefly, tryBriefly } from './briefly.ts'
import { createDeadline, type Deadline } from './deadline.ts'
import { failureOf, statusOf, toError, toFailure } from './failure.ts'
import { joinedFailedSignal, nodeLostSignal, placedSignal } from './messages.ts'
import {
  attemptBackoff,
  beginLimit,
  maxAttempts,
  record,
  registry,
  retryWaitingLimit,
  uncounted,
  waitingLimit,
  waitsForGpu,
} from './policy.ts'
import { runAttempt } from './run-attempt.ts'
import { show } from './visibility.ts'

const control = createBriefly(record)
const atRegistry = createBriefly(registry)
const local = proxyLocalActivities<ControlActivities>(record)

/** One build from its acceptance to its one final status. */
export async function buildImage({ buildId }: BuildInput): Promise<Published> {
  const inbox = createInbox()
  const progress: Progress = { attempt: 0 }
  try {
    const begun = await beginAtOnce(buildId)
    const terms = begun?.terms ?? (await validate(buildId))
    const { timeouts = {}, gpuWait = 0, scans = false } = terms ?? {}
    const deadline = createDeadline(timeouts.total)
    const published = await deadline.run(async () =>
      tryOnNodes({ buildId, begun, timeouts, gpuWait, scans, deadline }, inbox, progress),
    )
    return await succeed(buildId, progress.attempt, published)
  } catch (error) {
    const failure = toFailure(error)
    await CancellationScope.nonCancellable(() => end(buildId, progress.attempt, failure))
    throw failure.code === 'cancelled' ? error : toError(failure)
  }
}

/** Nothing is shown of what is over within the first task. `undefined`: one step after the other, as histories of before have it. */
async function beginAtOnce(buildId: string): Promise<Begun | undefined> {
  if (!patched('begin-at-once')) return undefined
  return tryBriefly(async (activities) => activities.beginBuild(buildId), beginLimit)
}

async function validate(buildId: string): Promise<BuildTerms | undefined> {
  show({ stage: 'validating', attempt: 0 })
  return control((activities) => activities.validateBuild(buildId))
}

interface Terms {
  readonly buildId: string
  readonly begun: Begun | undefined
  readonly timeouts: BuildTimeouts
  readonly gpuWait: number
  readonly scans: boolean
  readonly deadline: Deadline
}

/** What is known of the build also when it fails. */
interface Progress {
  attempt: number
}

/** One attempt after the other, until one publishes or a failure is for good. */
async function tryOnNodes(
  { buildId, begun, deadline, ...limits }: Terms,
  inbox: Inbox,
  progress: Progress,
): Promise<Published> {
  const enter = (stage: Stage) => {
    deadline.enter(stage)
    show({ stage, attempt: progress.attempt })
  }
  if (begun === undefined) {
    enter('resolving')
    await atRegistry((activities) => activities.resolveBases(buildId))
  }
  let earlier: BuildFailure | undefined
  let tries = 0
  let found = begun?.placed
  for (;;) {
    if (found === undefined || found === null) enter('waiting')
    if (found === undefined) found = await local.seekNode({ buildId, attempt: progress.attempt })
    inbox.place(found)
    found = undefined
    const placed = await inbox.placedAfter(progress.attempt, earlier)
    progress.attempt = placed.attempt
    const outcome = await runAttempt({ buildId, ...placed, ...limits, deadline }, inbox.lossOf)
    if ('digest' in outcome) return outcome
    if (!uncounted.includes(outcome.code)) tries += 1
    if (tries >= maxAttempts || !failures[outcome.code].retry) throw toError(outcome)
    earlier = outcome
    await sleep(attemptBackoff(Math.max(1, tries), Math.random()))
  }
}

async function succeed(buildId: string, attempt: number, published: Published): Promise<Published> {
  await CancellationScope.nonCancellable(() => local.finishBuild({ buildId, status: 'succeeded' }))
  show({ stage: 'succeeded', attempt, digest: published.digest })
  return published
}

async function end(buildId: string, attempt: number, failure: BuildFailure): Promise<void> {
  const status = statusOf(failure)
  await local.finishBuild({ buildId, status, failure })
  show({ stage: status, attempt, failure })
}

type Inbox = ReturnType<typeof createInbox>

/** What the farm tells a running build. */
function createInbox() {
  let latest: Placed = { attempt: 0, nodeId: '' }
  const lost = new Map<number, Loss>()
  let joined: BuildFailure | undefined
  const place = (placed: Placed | null) => {
    if (placed !== null && placed.attempt > latest.attempt) latest = placed
  }
  setHandler(placedSignal, place)
  setHandler(nodeLostSignal, (attempt, loss = 'agent_lost') => {
    if (!lost.has(attempt)) lost.set(attempt, loss)
  })
  setHandler(joinedFailedSignal, (failure) => void (joined = failure))
  return {
    place,
    lossOf: (attempt: number) => lost.get(attempt),
    /** `earlier` is why the attempt before ended: it is what the build ends with when no node takes it again. */
    placedAfter: async (attempt: number, earlier: BuildFailure | undefined): Promise<Placed> => {
      const isPatient = earlier === undefined || waitsForGpu.includes(earlier.code)
      const limit = isPatient ? waitingLimit : retryWaitingLimit
      const isTold = () => latest.attempt > attempt || joined !== undefined
      if (isTold() || (await condition(isTold, limit))) {
        if (latest.attempt > attempt) return latest
        throw toError(joined ?? failureOf('internal'))
      }
      if (earlier?.code === 'gpu_elsewhere') throw toError(failureOf('gpu_unavailable'))
      throw toError(earlier ?? failureOf('stage_timeout'))
    },
  }
}
