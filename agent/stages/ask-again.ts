import { setTimeout as sleep } from 'node:timers/promises'
import { pauseAfter } from '#contract/pause-after.ts'
import { ControlPlaneError } from '../control-plane.ts'

const pauses = { firstMs: 200, maxMs: 5_000 }

export interface AskOptions {
  readonly random: () => number
  readonly signal: AbortSignal
  readonly limitMs: number
}

/**
 * Asks the server again for as long as it does not answer: one that is started anew must not cost a build an attempt.
 * @throws what the last try threw; the signal's reason when it aborts meanwhile.
 */
export async function askAgain<T>(
  ask: () => Promise<T>,
  { random, signal, limitMs }: AskOptions,
): Promise<T> {
  const deadline = performance.now() + limitMs
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask()
    } catch (error) {
      if (!mayRetry(error) || performance.now() > deadline) throw error
      await sleep(pauseAfter(pauses, tries, random()), undefined, { signal })
    }
  }
}

function mayRetry(error: unknown): boolean {
  return error instanceof ControlPlaneError && (error.status === undefined || error.status >= 500)
}
