import { onScopeDispose } from 'vue'
import type { FarmChange } from '#contract/answers.ts'
import { sleep } from './sleep.ts'
import { useEvents } from './useEvents.ts'

/** How often something is read again at most, however much changes. */
const restMs = 1_000

/**
 * Reads something again when what it shows may have changed: soon after a change that matters, never twice in a second,
 * once more after what changed during a read, and not while nobody sees the page.
 */
export function useReloading(
  reload: () => Promise<void>,
  matters: (change: FarmChange) => boolean,
): void {
  const stop = new AbortController()
  let isWanted = false
  let isBusy = false

  async function look(): Promise<void> {
    while (isWanted && !isBusy && !document.hidden && !stop.signal.aborted) {
      isWanted = false
      isBusy = true
      await Promise.allSettled([reload(), sleep(restMs, stop.signal)])
      isBusy = false
    }
  }

  const seen = () => void look()
  useEvents((change) => {
    if (!matters(change)) return
    isWanted = true
    void look()
  })
  document.addEventListener('visibilitychange', seen)
  onScopeDispose(() => {
    stop.abort()
    document.removeEventListener('visibilitychange', seen)
  })
}
