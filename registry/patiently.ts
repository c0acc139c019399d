import { setTimeout as sleep } from 'node:timers/promises'
import { pauseAfter } from '#contract/pause-after.ts'
import { readRetryAfter } from './retry-after.ts'

export interface Patience {
  readonly random: () => number
  readonly now: () => number
  /** Resolves after so many ms; rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

const tries = 5
const pauses = { firstMs: 500, maxMs: 8_000 }
/** Asked to wait for longer, the caller is told at once and decides. */
const maxAskedMs = 20_000

const usual: Patience = {
  random: Math.random,
  now: Date.now,
  sleep: async (ms, signal) => sleep(ms, undefined, { signal }),
}

/**
 * Sends a request again that was answered with 429: after as long as the registry asks to wait, with some more that
 * differs from one client to the next, so that they do not all come back at once.
 * @returns the last answer, whatever it is.
 */
export async function patiently(
  send: () => Promise<Response>,
  signal: AbortSignal,
  { random, now, sleep: pause }: Patience = usual,
): Promise<Response> {
  for (let attempt = 1; ; attempt += 1) {
    const reply = await send()
    if (reply.status !== 429 || attempt === tries) return reply
    const asked = readRetryAfter(reply.headers.get('retry-after'), now()) ?? 0
    if (asked > maxAskedMs) return reply
    await reply.body?.cancel()
    await pause(asked + pauseAfter(pauses, attempt, random()), signal)
  }
}
