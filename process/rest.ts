import { setTimeout as sleep } from 'node:timers/promises'

/** Waits for so many ms, fewer than none being none; ends early, without an error, when the signal aborts. */
export async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => undefined)
}
