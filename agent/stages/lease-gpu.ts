import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptRef } from '#contract/build.ts'
import type { GpuAnswer, GpuRequest, LeasedGpu } from '#contract/gpu-lease.ts'
import type { ControlPlane } from '../control-plane.ts'
import { askAgain } from './ask-again.ts'

export interface LeaseDeps {
  readonly controlPlane: Pick<ControlPlane, 'askGpu' | 'returnGpu'>
  readonly random: () => number
}

/** A GPU that is the attempt's alone until this is disposed. */
export interface GpuLease extends AsyncDisposable {
  readonly gpu: LeasedGpu
  /** Aborts when the GPU is no longer the attempt's. */
  readonly lost: AbortSignal
  /** Something is left on it that cannot be ended: when this is disposed, nobody gets the GPU. */
  holdBack(): void
}

export type NoGpu = Exclude<GpuAnswer, { readonly state: 'granted' }>

const askLimitMs = 30_000
const returnLimitMs = 10_000
/** Of the term, after which it is asked for another one. */
const renewAfter = 1 / 3

/** Asks once for a GPU of this node. @returns the lease, or what the server says instead. */
export async function leaseGpu(
  deps: LeaseDeps,
  attempt: AttemptRef,
  request: GpuRequest,
  signal: AbortSignal,
): Promise<GpuLease | NoGpu> {
  const { controlPlane, random } = deps
  const ask = async () => controlPlane.askGpu(attempt, request)
  const answer = await askAgain(ask, { random, signal, limitMs: askLimitMs })
  if (answer.state !== 'granted') return answer
  const { gpu, lease_ms: leaseMs } = answer
  const stop = new AbortController()
  const lost = new AbortController()
  let leftover = false
  const renewing = renew(ask, { gpu, leaseMs, stop: stop.signal }, () =>
    lost.abort(new GpuLost(gpu.uuid)),
  )
  return {
    gpu,
    lost: lost.signal,
    holdBack: () => void (leftover = true),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await renewing
      // What is not given back is taken when its term ends.
      await askAgain(async () => controlPlane.returnGpu(attempt, leftover), {
        random,
        signal: AbortSignal.timeout(returnLimitMs),
        limitMs: returnLimitMs,
      }).catch(() => undefined)
    },
  }
}

/** The term of a lease has ended, or the node has lost its GPU. */
export class GpuLost extends Error {
  override readonly name = 'GpuLost'

  constructor(uuid: string) {
    super(`GPU ${uuid} was taken back while the image was verified`)
  }
}

interface Term {
  readonly gpu: LeasedGpu
  readonly leaseMs: number
  readonly stop: AbortSignal
}

/** Asks for another term in time, until it is told to stop or the GPU is the attempt's no more. */
async function renew(
  ask: () => Promise<GpuAnswer>,
  { gpu, leaseMs, stop }: Term,
  tellLost: () => void,
): Promise<void> {
  let endsAt = performance.now() + leaseMs
  for (;;) {
    await sleep(leaseMs * renewAfter, undefined, { signal: stop }).catch(() => undefined)
    if (stop.aborted) return
    const answer = await ask().catch(() => undefined)
    if (answer?.state === 'granted' && answer.gpu.uuid === gpu.uuid) {
      endsAt = performance.now() + leaseMs
    } else if (answer !== undefined || performance.now() > endsAt) return tellLost()
  }
}
