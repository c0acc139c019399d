import { setTimeout as sleep } from 'node:timers/promises'

export interface Wait {
  readonly what: string
  readonly limitMs: number
  readonly everyMs?: number
  readonly signal?: AbortSignal
}

/** Asks until `check` neither throws nor answers false. @throws with the last reason once the limit has passed. */
export async function until(check: () => Promise<boolean>, wait: Wait): Promise<void> {
  const deadline = performance.now() + wait.limitMs
  let last: unknown
  for (;;) {
    wait.signal?.throwIfAborted()
    try {
      if (await check()) return
    } catch (error) {
      last = error
    }
    if (performance.now() >= deadline) {
      throw new Error(`${wait.what} did not answer within ${wait.limitMs / 1000} s`, {
        cause: last,
      })
    }
    await sleep(wait.everyMs ?? 50, undefined, wait.signal ? { signal: wait.signal } : {})
  }
}
