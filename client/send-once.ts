import { pauseAfter } from '#contract/pause-after.ts'
import { mayPass, pauseBefore } from './may-pass.ts'
import { ServerError } from './server-error.ts'

export interface Sending {
  readonly random: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Ends the pauses. */
  readonly signal: AbortSignal
  /** Told when it is sent again after `ms`. */
  readonly onPause?: (ms: number, error: unknown) => void
}

const pauses = { firstMs: 500, maxMs: 8_000 }
/** With the pauses in between about fifteen seconds, unless the server asks for longer ones. */
const maxTries = 6

/**
 * Sends something until it is answered, each time with the same key: however many copies arrive, the server makes it once.
 * @throws ServerError when the server refuses, or stays away.
 */
export async function sendOnce<T>(
  { random, sleep, signal, onPause }: Sending,
  send: (headers: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const headers = { 'idempotency-key': crypto.randomUUID() }
  for (let tries = 1; ; tries += 1) {
    try {
      return await send(headers)
    } catch (error) {
      if (tries === maxTries || !isWorthATry(error)) throw error
      const pause = pauseBefore(error, pauseAfter(pauses, tries, random()))
      onPause?.(pause, error)
      await sleep(pause, signal)
    }
  }
}

/** What is no answer, or one that another try may change. A part that is switched off stays so. */
function isWorthATry(error: unknown): boolean {
  return error instanceof ServerError && mayPass(error) && error.problem?.code !== 'secrets_off'
}
