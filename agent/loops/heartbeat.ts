import type { Logger } from 'pino'
import type { ProblemCode } from '#contract/problem.ts'
import { rest } from '../../process/rest.ts'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'
import { isRefusal, type NotAdmitted, notAdmitted } from '../joining/join-farm.ts'
import type { NodeVolumes } from '../volumes/node-volumes.ts'
import type { Contact } from './contact.ts'

export interface HeartbeatDeps {
  readonly controlPlane: Pick<ControlPlane, 'heartbeat' | 'contest'>
  readonly contact: Pick<Contact, 'asked' | 'answered' | 'isWaiting'>
  readonly disk: DiskNews
  readonly volumes: Pick<NodeVolumes, 'offered'>
  readonly log: Logger
  readonly random: () => number
  /** Told whenever the server has answered. */
  readonly onHeard?: () => void
  /** Monotonic, in ms. */
  readonly clock: () => number
  /** Makes the node known again after the server has forgotten it. */
  readonly register: () => Promise<void>
  /** Told when the farm does not take this node any more. */
  readonly onShutOut: (error: NotAdmitted) => void
}

interface DiskNews {
  /** Why the node takes no builds until its disk has room again, in words. */
  low(): string | undefined
  /** Aborts with the next change of `low`. */
  unchanged(): AbortSignal
}

export interface BeatTerms {
  readonly everyMs: number
  /** Silence after which the node counts as lost. */
  readonly leaseMs: number
}

/** Of the lease: pause after a beat that has no answer yet, so that the end of a short silence is not missed. */
const silentPause = 1 / 16

/**
 * Says that the node is there until the signal aborts, and how its disk is when that is not known yet, which is told at
 * once. The pauses vary by ±10 %, so that a farm does not beat as one. While nothing is answered it beats more often: what is
 * lost on the way would be sent again later than the lease can wait. It returns when nothing that it has said can still come
 * in: a goodbye that was overtaken by a beat would be taken back.
 */
export async function beat(
  deps: HeartbeatDeps,
  nodeId: string,
  { everyMs, leaseMs }: BeatTerms,
  signal: AbortSignal,
): Promise<void> {
  const { contact, disk, random } = deps
  const send = createSend(deps, nodeId, leaseMs / 2)
  const open = new Set<Promise<void>>()
  const sendOne = async () => {
    const sent = send()
    open.add(sent)
    await sent
    open.delete(sent)
  }
  while (!signal.aborted) {
    const unchanged = disk.unchanged()
    const waking = AbortSignal.any([signal, unchanged])
    const silentMs = leaseMs * silentPause
    const isOpen = await Promise.race([
      sendOne().then(() => false),
      rest(silentMs, waking).then(() => true),
    ])
    if (isOpen) continue
    await rest((contact.isWaiting() ? silentMs : everyMs) * (0.9 + random() / 5), waking)
  }
  await Promise.all(open)
}

/** @returns what sends one beat, and returns when it is answered or will not be. */
function createSend(deps: HeartbeatDeps, nodeId: string, limitMs: number) {
  const { controlPlane, contact, disk, volumes, log, clock, onHeard } = deps
  let told: string | null | undefined
  // It has registered with these.
  let toldVolumes = volumes.offered()
  return async (): Promise<void> => {
    const [low, offered] = [disk.low() ?? null, volumes.offered()]
    const news = {
      ...(low !== told && { disk_low: low }),
      ...(offered !== toldVolumes && { volumes: [...offered] }),
    }
    const hasNews = Object.keys(news).length > 0
    const at = clock()
    contact.asked(at)
    try {
      await controlPlane.heartbeat(nodeId, limitMs, hasNews ? news : undefined)
      told = low
      toldVolumes = offered
      contact.answered(at)
      onHeard?.()
    } catch (err) {
      log.warn({ err }, 'heartbeat')
      if (!(err instanceof ControlPlaneError)) return
      if (err.status === 404) told = undefined
      const isHeard = await answer(deps, nodeId, err)
      if (isHeard) contact.answered(at)
    }
  }
}

/** @returns whether the farm has given the node a new lease by that. */
async function answer(
  { controlPlane, log, register, onShutOut }: HeartbeatDeps,
  nodeId: string,
  error: ControlPlaneError,
): Promise<boolean> {
  try {
    if (isRefusal(error)) onShutOut(notAdmitted(error))
    if (error.code === ('node_replaced' satisfies ProblemCode)) {
      log.error('another agent runs with the state directory of this node, or with a copy of it')
      await controlPlane.contest(nodeId)
    }
    if (error.status !== 404) return false
    log.warn('the server does not know this node')
    await register()
    return true
  } catch (err) {
    log.warn({ err }, 'register')
    return false
  }
}
