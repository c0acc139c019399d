import type { Logger } from 'pino'
import { rest } from '../../process/rest.ts'
import type { Running } from '../stages/running.ts'
import type { Contact } from './contact.ts'

interface FenceDeps {
  readonly contact: Pick<Contact, 'leftMs'>
  readonly running: Pick<Running, 'fence'>
  readonly log: Logger
  /** Monotonic, in ms. */
  readonly clock: () => number
}

/**
 * Stops what this node runs when it may no longer, until the signal aborts: nobody can tell it to, and by the time it can be
 * told something another node may have the work.
 */
export async function fence(
  { contact, running, log, clock }: FenceDeps,
  leaseMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const left = contact.leftMs(clock())
    if (left <= 0 && (await running.fence())) log.warn('no answer of the farm: stages are stopped')
    // What is asked next without an answer ends no sooner than this.
    const pause = left <= 0 ? leaseMs / 8 : Math.min(left, leaseMs / 2)
    await rest(pause, signal)
  }
}
