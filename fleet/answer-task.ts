import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { AttemptRef } from '#contract/build.ts'
import { failures } from '#contract/failure.ts'
import { originRow } from '#contract/log-block.ts'
import type { ControlPlane } from '../agent/control-plane.ts'
import type { GatewayClient } from './temporal/gateway-client.ts'
import type { Task, TaskRef } from './temporal/messages.ts'

export interface AnswerDeps {
  readonly controlPlane: Pick<ControlPlane, 'beginStage' | 'appendLog'>
  readonly gateway: Pick<GatewayClient, 'heartbeat' | 'complete' | 'fail'>
  readonly namespace: string
  readonly nodeId: string
  /** What a build takes, in ms. */
  readonly buildMs: number
  readonly now: () => number
  /** Told of each stage that the node has been given, before anything is done about it. */
  readonly onTask: (task: Task) => void
}

const attemptRef = z.object({ buildId: z.string(), attempt: z.number().int() })
const heartbeatMs = 2_000

/**
 * Answers what a node is asked. A build is begun, takes as long as was declared, and fails: nothing was built, so there is
 * nothing that could be verified or published. Clean-ups end at once.
 */
export async function answerTask(deps: AnswerDeps, task: Task, signal: AbortSignal): Promise<void> {
  const { gateway, namespace, nodeId: identity } = deps
  deps.onTask(task)
  const ref: TaskRef = { namespace, identity, token: task.token }
  if (task.activity !== 'buildImage') return gateway.complete(ref, signal)
  await pretendToBuild(deps, ref, attemptRef.parse(task.argument), signal)
  const { message } = failures.node_simulated
  await gateway.fail({ ...ref, failure: { code: 'node_simulated', message } }, signal)
}

async function pretendToBuild(
  { controlPlane, gateway, buildMs, now }: AnswerDeps,
  task: TaskRef,
  attempt: AttemptRef,
  signal: AbortSignal,
): Promise<void> {
  const { next_line: line } = await controlPlane.beginStage(attempt, 'building')
  const origin = originRow({ at: now(), stage: 'building', step: 0, stream: 'progress' })
  const said = `=this node is simulated: it waits for ${buildMs} ms and builds nothing\n`
  await controlPlane.appendLog(attempt, line, Buffer.from(`${origin}${said}`))
  for (let left = buildMs; left > 0; left -= heartbeatMs) {
    await sleep(Math.min(left, heartbeatMs), undefined, { signal })
    if (await gateway.heartbeat(task, signal)) return
  }
}
