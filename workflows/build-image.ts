import {
  ApplicationFailure,
  CancellationScope,
  condition,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow'
import type { ControlActivities } from '#contract/activities.ts'
import type { BuildInput, Published } from '#contract/build.ts'
import { asApplicationFailure, type BuildFailure, failures } from '#contract/failure.ts'
import type { Stage } from '#contract/stage.ts'
import type { Placed } from '#contract/workflow.ts'
import { failureOf, statusOf, toFailure } from './failure.ts'
import { nodeLostSignal, placedSignal } from './messages.ts'
import {
  attemptBackoff,
  maxAttempts,
  record,
  registry,
  retryWaitingLimit,
  waitingLimit,
} from './policy.ts'
import { runAttempt } from './run-attempt.ts'
import { show } from './visibility.ts'

const control = proxyActivities<ControlActivities>(record)
const atRegistry = proxyActivities<ControlActivities>(registry)
const local = proxyLocalActivities<ControlActivities>(record)

/** One build from its acceptance to its one final status. */
export async function buildImage({ buildId }: BuildInput): Promise<Published> {
  const inbox = createInbox()
  let attempt = 0
  const enter = async (stage: Stage) => {
    show({ stage, attempt })
    await local.recordStage({ buildId, attempt, stage })
  }
  try {
    await enter('validating')
    await control.validateBuild(buildId)
    await enter('resolving')
    await atRegistry.resolveBases(buildId)
    let earlier: BuildFailure | undefined
    let tries = 0
    for (;;) {
      await enter('waiting')
      const placed = await inbox.placedAfter(attempt, earlier)
      attempt = placed.attempt
      const outcome = await runAttempt({ buildId, ...placed }, inbox.isLost)
      if ('digest' in outcome) return await succeed(buildId, attempt, outcome)
      if (outcome.code !== 'agent_stopped') tries += 1
      if (tries >= maxAttempts || !failures[outcome.code].retry) throw toError(outcome)
      earlier = outcome
      await sleep(attemptBackoff(Math.max(1, tries), Math.random()))
    }
  } catch (error) {
    const failure = toFailure(error)
    await CancellationScope.nonCancellable(() => end(buildId, attempt, failure))
    throw failure.code === 'cancelled' ? error : toError(failure)
  }
}

async function succeed(buildId: string, attempt: number, published: Published): Promise<Published> {
  await CancellationScope.nonCancellable(() =>
    control.finishBuild({ buildId, status: 'succeeded' }),
  )
  show({ stage: 'succeeded', attempt, digest: published.digest })
  return published
}

async function end(buildId: string, attempt: number, failure: BuildFailure): Promise<void> {
  const status = statusOf(failure)
  await control.finishBuild({ buildId, status, failure })
  show({ stage: status, attempt, failure })
}

/** What the farm tells a running build. */
function createInbox() {
  let latest: Placed = { attempt: 0, nodeId: '' }
  const lost = new Set<number>()
  setHandler(placedSignal, (placed) => {
    if (placed.attempt > latest.attempt) latest = placed
  })
  setHandler(nodeLostSignal, (attempt) => void lost.add(attempt))
  return {
    isLost: (attempt: number) => lost.has(attempt),
    /** `earlier` is why the attempt before ended: it is what the build ends with when no node takes it again. */
    placedAfter: async (attempt: number, earlier: BuildFailure | undefined): Promise<Placed> => {
      const limit = earlier === undefined ? waitingLimit : retryWaitingLimit
      if (await condition(() => latest.attempt > attempt, limit)) return latest
      throw toError(earlier ?? failureOf('stage_timeout'))
    },
  }
}

function toError(failure: BuildFailure): ApplicationFailure {
  return ApplicationFailure.create(asApplicationFailure(failure))
}
