import { useIntervalFn } from '@vueuse/core'
import { computed } from 'vue'
import { api } from '../api.ts'
import { lostSince } from '../connection.ts'
import { useClock } from './useClock.ts'
import { lookAgain, useEvents } from './useEvents.ts'

/** A shorter while without the server is nothing to speak of: a connection is made anew. */
const graceMs = 3_000
const tryEveryMs = 5_000

/**
 * Since when, in ms, the server is not reached, while it is not. It is asked again meanwhile, also on pages that would not,
 * and so is all that is shown once it answers.
 */
export function useConnection() {
  const now = useClock()
  // On every page, so that a server that goes away is noticed on each.
  useEvents(() => {})
  useIntervalFn(() => {
    if (lostSince.value !== undefined && !document.hidden) void tryAgain()
  }, tryEveryMs)
  return computed(() => {
    const since = lostSince.value
    return since !== undefined && now.value - since >= graceMs ? since : undefined
  })
}

async function tryAgain(): Promise<void> {
  const isReached = await api.farm.me().then(
    () => true,
    () => false,
  )
  if (isReached) lookAgain()
}
