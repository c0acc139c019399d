import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  TimeoutFailure,
} from '@temporalio/workflow'
import type {
  EnvironmentControlActivities,
  EnvironmentLook,
  EnvironmentNodeActivities,
} from '#contract/environment-activities.ts'
import type { EnvironmentEnd, EnvironmentInput, EnvironmentRef } from '#contract/environment.ts'
import { environmentReasons, isEnvironmentReason } from '#contract/environment-reason.ts'
import { nodeQueue } from '#contract/queues.ts'
import { changedSignal } from './messages.ts'
import { environmentWait, record, registry, startOnNode, stopOnNode } from './policy.ts'
import { showEnvironment } from './visibility.ts'

const local = proxyLocalActivities<EnvironmentControlActivities>(record)
const { readEnvironmentImage } = proxyActivities<EnvironmentControlActivities>(registry)

/** One start of an environment, from the search for a node until nothing of it runs any more. */
export async function runEnvironment({
  environmentId,
  start,
}: EnvironmentInput): Promise<EnvironmentEnd | undefined> {
  const ref = { environmentId, start }
  const place: Place = {}
  const end = await live(ref, createLooks(ref), place).catch(endOf)
  if (end === undefined) return undefined
  return CancellationScope.nonCancellable(async () => {
    await local.enterStopping(ref, end.reason)
    showEnvironment({ state: 'stopping', ...place })
    const reached = place.nodeId === undefined || (await stop(place.nodeId, ref))
    const whole = reached ? end : { ...end, unreached: true }
    await local.endEnvironment(ref, whole)
    showEnvironment({ state: end.state, reason: end.reason, ...place })
    return whole
  })
}

/** What is known of the node also when the start fails. */
interface Place {
  nodeId?: string
}

type Looks = ReturnType<typeof createLooks>

/** @returns how it is to end, or `undefined` when nothing is left to do for it. */
async function live(
  ref: EnvironmentRef,
  looks: Looks,
  place: Place,
): Promise<EnvironmentEnd | undefined> {
  showEnvironment({ state: 'waiting' })
  const early = await unlessEnding(looks, async () => readEnvironmentImage(ref))
  if (early !== undefined) return endBy(early)
  await local.seekEnvironmentNode(ref)
  const placed = await looks.until(({ nodeId }) => nodeId !== undefined, environmentWait)
  if (placed === undefined) return { state: 'failed', reason: 'never_placed' }
  const { nodeId } = placed
  if (nodeId === undefined || isEnding(placed)) return endBy(placed)
  place.nodeId = nodeId
  showEnvironment({ state: 'pulling', nodeId })
  const node = nodeActivities(nodeId, startOnNode)
  const late = await unlessEnding(looks, async () => node.startEnvironment(ref))
  if (late !== undefined) return endBy(late)
  showEnvironment({ state: 'running', nodeId })
  return endBy(await looks.untilEnding())
}

function nodeActivities(nodeId: string, options: ActivityOptions) {
  return proxyActivities<EnvironmentNodeActivities>({ ...options, taskQueue: nodeQueue(nodeId) })
}

/** Sees work through, or stops it as soon as the environment is to end. @returns what was seen in that case. */
async function unlessEnding(
  looks: Looks,
  work: () => Promise<void>,
): Promise<EnvironmentLook | undefined> {
  const working = new CancellationScope()
  const watching = new CancellationScope()
  let seen: EnvironmentLook | undefined
  const watch = async () => {
    seen = await looks.untilEnding()
    working.cancel()
  }
  watching.run(watch).catch(() => undefined)
  try {
    await working.run(work)
    return undefined
  } catch (error) {
    if (seen !== undefined && isCancellation(error)) return seen
    throw error
  } finally {
    watching.cancel()
  }
}

/** @returns whether the node could be told. Its agent stops by itself what should not run, once it is back. */
async function stop(nodeId: string, ref: EnvironmentRef): Promise<boolean> {
  const stopped = nodeActivities(nodeId, stopOnNode).stopEnvironment(ref)
  return stopped.then(
    () => true,
    () => false,
  )
}

function endBy({ over, stop: reason, ended }: EnvironmentLook): EnvironmentEnd | undefined {
  if (over === true) return undefined
  if (ended !== undefined) {
    const state = ended.reason === 'program_ended' ? 'stopped' : 'failed'
    return { state, ...ended }
  }
  return reason === undefined ? undefined : { state: 'stopped', reason }
}

/** What an error means for the start. Pure. */
function endOf(error: unknown): EnvironmentEnd {
  if (isCancellation(error)) return { state: 'stopped', reason: 'stop_requested' }
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (cause instanceof ApplicationFailure && isEnvironmentReason(cause.type)) {
    return { state: 'failed', reason: cause.type, message: cause.message }
  }
  const reason = cause instanceof TimeoutFailure ? 'node_lost' : 'internal'
  return { state: 'failed', reason, message: environmentReasons[reason].en }
}

function isEnding({ over, stop: reason, ended }: EnvironmentLook): boolean {
  return over === true || reason !== undefined || ended !== undefined
}

/** Looks at the environment whenever something has changed. */
function createLooks(ref: EnvironmentRef) {
  let news = 0
  setHandler(changedSignal, () => void (news += 1))
  const look = async (
    isEnough: (seen: EnvironmentLook) => boolean,
    limit?: typeof environmentWait,
  ) => {
    for (;;) {
      const known = news
      const seen = await local.lookAtEnvironment(ref)
      if (isEnding(seen) || isEnough(seen)) return seen
      const isNew = () => news > known
      if (limit === undefined) await condition(isNew)
      else if (!(await condition(isNew, limit))) return undefined
    }
  }
  return {
    /** @returns what is seen once it is enough, or it is to end; `undefined` when nothing changes within `limit`. */
    until: async (isEnough: (seen: EnvironmentLook) => boolean, limit: typeof environmentWait) =>
      look(isEnough, limit),
    untilEnding: async () => (await look(() => false)) ?? {},
  }
}
