import type { LineOrigin } from '#contract/log-block.ts'
import { rest } from '../../process/rest.ts'
import { type BlockQueue, createBlockQueue } from './block-queue.ts'

export interface WaitingLimits {
  /** Lines that wait take this much memory; then nobody is to read on until there is room. */
  readonly bytes: number
  /** How long the receiver may take nothing before lines are dropped instead of held. */
  readonly holdMs: number
}

/** Lines that wait for the receiver, in bounded memory. */
export interface WaitingLines extends Pick<BlockQueue, 'first'> {
  write(origin: LineOrigin, text: Uint8Array, continued: boolean): void
  isFull(): boolean
  /** Lines that wait and lines that were dropped since there was room last. */
  count(): number
  /** From here on the receiver is expected to take something. */
  begin(): void
  /** The oldest block has been dealt with. @returns how many lines were dropped for want of room. */
  shift(): number
  /** Waits for room; not longer than lines are held, and not when the signal aborts. */
  room(signal: AbortSignal): Promise<void>
}

export function createWaitingLines(limits: WaitingLimits, clock: () => number): WaitingLines {
  const queue = createBlockQueue()
  let dropped = 0
  let takenAt = 0
  let roomMade = Promise.withResolvers<void>()
  const isFull = () => queue.bytes() >= limits.bytes
  const heldFor = () => limits.holdMs - (clock() - takenAt)
  return {
    first: queue.first,
    isFull,
    write: (origin, text, continued) => {
      if (isFull() && heldFor() <= 0) dropped += 1
      else queue.write(origin, text, continued)
    },
    count: () => queue.lines() + dropped,
    begin: () => {
      takenAt = clock()
    },
    shift: () => {
      queue.shift()
      takenAt = clock()
      if (isFull()) return 0
      const lost = dropped
      dropped = 0
      roomMade.resolve()
      roomMade = Promise.withResolvers()
      return lost
    },
    room: async (signal) => {
      while (isFull() && !signal.aborted && heldFor() > 0) {
        const done = new AbortController()
        const either = AbortSignal.any([signal, done.signal])
        await Promise.race([roomMade.promise, rest(heldFor(), either)])
        done.abort()
      }
    },
  }
}
