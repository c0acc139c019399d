import { onScopeDispose } from 'vue'
import type { FarmChange } from '#contract/answers.ts'
import { useEvents } from './useEvents.ts'

/** How often something is read again at most, however much changes. */
const restMs = 1_000

/**
 * Reads something again when what it shows may have changed: soon after a change that matters, never twice in a second,
 * and not while nobody sees the page.
 */
export function useReloading(
  reload: () => Promise<void>,
  matters: (change: FarmChange) => boolean,
): void {
  let isWanted = false
  let resting: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    if (!isWanted || resting !== undefined || document.hidden) return
    isWanted = false
    void reload()
    resting = setTimeout(() => {
      resting = undefined
      look()
    }, restMs)
  }
  useEvents((change) => {
    if (!matters(change)) return
    isWanted = true
    look()
  })
  document.addEventListener('visibilitychange', look)
  onScopeDispose(() => {
    clearTimeout(resting)
    document.removeEventListener('visibilitychange', look)
  })
}
