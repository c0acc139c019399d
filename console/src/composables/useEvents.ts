import { onScopeDispose } from 'vue'
import type { FarmChange } from '#contract/answers.ts'
import { followChanges } from '../../../client/follow-changes.ts'
import { api } from '../api.ts'
import { isSignInNeeded } from '../session.ts'
import { sleep } from './sleep.ts'

type Heard = (change: FarmChange) => void

const listeners = new Set<Heard>()
let stop: AbortController | undefined

/**
 * Calls back on what changes in the farm, for as long as the component is there. One connection serves all of them. It
 * says only that there is something to look at; after it was lost, everything may have changed.
 */
export function useEvents(heard: Heard): void {
  listeners.add(heard)
  void listen()
  onScopeDispose(() => {
    listeners.delete(heard)
    if (listeners.size > 0) return
    stop?.abort()
    stop = undefined
  })
}

async function listen(): Promise<void> {
  if (stop !== undefined || isSignInNeeded.value) return
  const mine = (stop = new AbortController())
  try {
    const { signal } = mine
    for await (const change of followChanges({
      connection: api.connection,
      signal,
      random: Math.random,
      sleep,
    })) {
      for (const heard of listeners) heard(change)
    }
  } catch {
    // Refused, or nobody listens any more: pages are read when they are opened all the same.
  } finally {
    if (stop === mine) stop = undefined
  }
}
