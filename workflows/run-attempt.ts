import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { ControlActivities, NodeActivities } from '#contract/activities.ts'
import type { AttemptRef, BuildTimeouts, Published } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { Digest } from '#contract/image.ts'
import { nodeQueue } from '#contract/queues.ts'
import type { NodeStage, Stage } from '#contract/stage.ts'
import type { Loss } from '#contract/workflow.ts'
import type { Deadline } from './deadline.ts'
import { createBriefly } from './briefly.ts'
import { failureOf, toFailure } from './failure.ts'
import { cleanUp, nodeStage, publishing, record, scan, tagging } from './policy.ts'
import { show } from './visibility.ts'

interface Attempt extends AttemptRef {
  readonly nodeId: string
  readonly timeouts: BuildTimeouts
  /** Seconds that `verifying` may wait for a GPU. */
  readonly gpuWait: number
  /** The registry's scanner is asked before the name moves. */
  readonly scans: boolean
  readonly deadline: Deadline
}

const toPublish = createBriefly(publishing)
const patiently = createBriefly(tagging)
const scanning = proxyActivities<ControlActivities>(scan)
const local = proxyLocalActivities<ControlActivities>(record)

/**
 * Builds, verifies, pushes and publishes on one node. An attempt that did what it should is ended with its build; a
 * failure is returned, so that the caller decides about another. Only the cancellation of the whole build is thrown.
 * @param lossOf why the node of an attempt has nothing more to say of it, once that is so.
 */
export async function runAttempt(
  attempt: Attempt,
  lossOf: (attempt: number) => Loss | undefined,
): Promise<Published | BuildFailure> {
  const { buildId, attempt: number, nodeId, deadline } = attempt
  const ref = { buildId, attempt: number }
  const isLost = () => lossOf(number) !== undefined
  const scope = new CancellationScope()
  const stages = scope.run(() => runStages(attempt))
  const lost = new CancellationScope()
  const watch = lost.run(() => condition(isLost))
  watch.then(
    () => scope.cancel(),
    () => undefined,
  )
  try {
    return await stages
  } catch (error) {
    const loss = lossOf(number)
    const failure = loss ? failureOf(loss) : (deadline.failure() ?? toFailure(error))
    await CancellationScope.nonCancellable(async () => {
      const stopping = stopOnNode(nodeId, ref)
      if (!isSilent(failure, isLost())) await stopping
      await local.endAttempt(ref, failure)
    })
    if (isCancellation(error) && !isLost()) throw error
    return failure
  } finally {
    lost.cancel()
  }
}

/** Whether nobody is to wait for the node: it does not answer, or is about to leave. Histories of before have it otherwise. */
function isSilent({ code }: BuildFailure, isLost: boolean): boolean {
  if (isLost) return patched('lost-at-once')
  return code === 'agent_stopped' && patched('handed-back-at-once')
}

async function runStages({
  buildId,
  attempt,
  nodeId,
  timeouts,
  gpuWait,
  scans,
  deadline,
}: Attempt): Promise<Published> {
  const ref = { buildId, attempt }
  const enter = (stage: Stage, digest?: Digest) => {
    deadline.enter(stage)
    show({ stage, attempt, node: nodeId, ...(digest && { digest }) })
  }
  const onNode = (stage: NodeStage) =>
    proxyActivities<NodeActivities>({
      ...nodeStage(stage, timeouts, gpuWait),
      taskQueue: nodeQueue(nodeId),
    })
  enter('building')
  const { digest } = await onNode('building').buildImage(ref)
  enter('verifying', digest)
  const verification = await onNode('verifying').verifyImage(ref, digest)
  enter('pushing', digest)
  const { configDigest } = await onNode('pushing').pushImage(ref, digest)
  if (scans) await scanning.scanImage(ref, digest)
  enter('publishing', digest)
  const published = await toPublish((activities) =>
    activities.publishImage({
      ...ref,
      digest,
      ...(configDigest && { configDigest }),
      verification,
    }),
  )
  await CancellationScope.nonCancellable(() =>
    patiently((activities) => activities.tagImage(buildId, digest)),
  )
  return published
}

/** A node that no longer answers has nothing that could be stopped from here: its own lease stops it. */
async function stopOnNode(nodeId: string, ref: AttemptRef): Promise<void> {
  const node = proxyActivities<NodeActivities>({ ...cleanUp, taskQueue: nodeQueue(nodeId) })
  await node.cleanUp(ref).catch(() => undefined)
}
