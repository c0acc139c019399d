import type { AttemptRef } from '#contract/build.ts'
import type { GpuAnswer, GpuRequest, LeasedGpu } from '#contract/gpu-lease.ts'
import { rest } from '../../process/rest.ts'
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
  /** Something is left on it that cannot be ended: when this is disposed, nobody gets the GPU. `held` hears that it is so. */
  holdBack(held: (uuid: string) => void): void
}

export type NoGpu = Exclude<GpuAnswer, { readonly state: 'granted' }>

const askLimitMs = 30_000
const returnLimitMs = 10_000
/** A GPU that is to be held back must not be given away because the server was away for a moment. */
const holdLimitMs = 60_000
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
  let askedAt = 0
  const ask = async () => {
    askedAt = performance.now()
    return controlPlane.askGpu(attempt, request)
  }
  const answer = await askAgain(ask, { random, signal, limitMs: askLimitMs })
  if (answer.state !== 'granted') return answer
  const { gpu, lease_ms: leaseMs } = answer
  const stop = new AbortController()
  const lost = new AbortController()
  let hold: ((uuid: string) => void) | undefined
  const renewing = renew(ask, { gpu, leaseMs, askedAt, stop: stop.signal }, () =>
    lost.abort(new GpuLost(gpu.uuid)),
  )
  return {
    gpu,
    lost: lost.signal,
    holdBack: (held) => void (hold = held),
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await renewing
      const limitMs = hold === undefined ? returnLimitMs : holdLimitMs
      const give = async () => controlPlane.returnGpu(attempt, hold !== undefined)
      // What is not given back is taken when its term ends.
      await askAgain(give, { random, signal: AbortSignal.timeout(limitMs), limitMs }).then(
        () => hold?.(gpu.uuid),
        () => undefined,
      )
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
  /** When the lease was asked for: its term has begun no earlier, on the server's clock. */
  readonly askedAt: number
  readonly stop: AbortSignal
}

/** Asks for another term in time, until it is told to stop or the GPU is the attempt's no more. */
async function renew(
  ask: () => Promise<GpuAnswer>,
  { gpu, leaseMs, askedAt, stop }: Term,
  tellLost: () => void,
): Promise<void> {
  let endsAt = askedAt + leaseMs
  for (;;) {
    await rest(Math.min(leaseMs * renewAfter, endsAt - performance.now()), stop)
    if (stop.aborted) return
    const now = performance.now()
    const late = rest(endsAt - now, stop).then(() => 'late' as const)
    const answer = await Promise.race([ask().catch(() => undefined), late])
    if (stop.aborted) return
    if (answer === undefined && performance.now() < endsAt) continue
    if (answer === undefined || answer === 'late') return tellLost()
    if (answer.state !== 'granted' || answer.gpu.uuid !== gpu.uuid) return tellLost()
    endsAt = now + leaseMs
  }
}
