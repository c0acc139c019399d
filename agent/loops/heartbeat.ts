import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'

export interface HeartbeatDeps {
  readonly controlPlane: Pick<ControlPlane, 'heartbeat'>
  readonly log: Logger
  readonly random: () => number
  /** Makes the node known again after the server has forgotten it. */
  readonly register: () => Promise<void>
}

/** Says that the node is there until the signal aborts. The pauses vary by ±10 %, so that a farm does not beat as one. */
export async function beat(
  { controlPlane, log, random, register }: HeartbeatDeps,
  nodeId: string,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await controlPlane.heartbeat(nodeId).catch(async (error: unknown) => {
      const forgotten = error instanceof ControlPlaneError && error.status === 404
      log.warn({ err: error }, forgotten ? 'server does not know this node' : 'heartbeat')
      if (forgotten) await register().catch((err: unknown) => log.warn({ err }, 'register'))
    })
    await sleep(everyMs * (0.9 + random() / 5), undefined, { signal }).catch(() => undefined)
  }
}
