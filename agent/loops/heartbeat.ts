import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'

export interface HeartbeatDeps {
  readonly controlPlane: Pick<ControlPlane, 'heartbeat'>
  readonly disk: DiskNews
  readonly log: Logger
  readonly random: () => number
  /** Told whenever the server has answered. */
  readonly onHeard?: () => void
  /** Makes the node known again after the server has forgotten it. */
  readonly register: () => Promise<void>
}

interface DiskNews {
  /** Why the node takes no builds until its disk has room again, in words. */
  low(): string | undefined
  /** Aborts with the next change of `low`. */
  unchanged(): AbortSignal
}

/**
 * Says that the node is there until the signal aborts, and how its disk is when that is not known yet, which is told at
 * once. The pauses vary by ±10 %, so that a farm does not beat as one.
 */
export async function beat(
  { controlPlane, disk, log, random, register, onHeard }: HeartbeatDeps,
  nodeId: string,
  everyMs: number,
  signal: AbortSignal,
): Promise<void> {
  let told: string | null | undefined
  while (!signal.aborted) {
    const unchanged = disk.unchanged()
    const low = disk.low() ?? null
    try {
      await controlPlane.heartbeat(nodeId, low === told ? undefined : { disk_low: low })
      told = low
      onHeard?.()
    } catch (error) {
      const forgotten = error instanceof ControlPlaneError && error.status === 404
      log.warn({ err: error }, forgotten ? 'server does not know this node' : 'heartbeat')
      if (forgotten) told = undefined
      if (forgotten) await register().catch((err: unknown) => log.warn({ err }, 'register'))
    }
    const waking = AbortSignal.any([signal, unchanged])
    await sleep(everyMs * (0.9 + random() / 5), undefined, { signal: waking }).catch(
      () => undefined,
    )
  }
}
