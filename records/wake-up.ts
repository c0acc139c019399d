/** Turns "look again" calls into a wait that never misses one: a call between two waits ends the next at once. */
export interface WakeUp extends Disposable {
  wake(): void
  /** Ends when woken, after `ms`, or when the signal aborts. @returns whether it was woken. */
  wait(ms: number): Promise<boolean>
}

export function createWakeUp(signal: AbortSignal): WakeUp {
  let woken = false
  let waiting: PromiseWithResolvers<void> | undefined
  const aborted = () => waiting?.resolve()
  signal.addEventListener('abort', aborted)
  return {
    wake: () => {
      woken = true
      waiting?.resolve()
    },
    wait: async (ms) => {
      if (!woken && !signal.aborted) {
        waiting = Promise.withResolvers<void>()
        const timer = setTimeout(waiting.resolve, ms)
        await waiting.promise
        clearTimeout(timer)
      }
      const answer = woken
      woken = false
      return answer
    },
    [Symbol.dispose]: () => signal.removeEventListener('abort', aborted),
  }
}
