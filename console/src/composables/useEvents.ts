import { onScopeDispose } from 'vue'
import type { FarmChange } from '#contract/answers.ts'
import { followChanges } from '../../../client/follow-changes.ts'
import { api } from '../api.ts'
import { noteReached } from '../connection.ts'
import { isSignInNeeded } from '../session.ts'
import { sleep } from './sleep.ts'

type Heard = (change: FarmChange) => void

/** Before a server is asked again that has refused to tell what changes. */
const refusedMs = 30_000

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
    noteReached('stream', true)
  })
}

/** Has all that is shown read again. */
export function lookAgain(): void {
  tell({ builds: [], environments: [], images: false, fleet: false, missed: true })
}

function tell(change: FarmChange): void {
  for (const heard of listeners) heard(change)
}

async function listen(): Promise<void> {
  if (stop !== undefined || isSignInNeeded.value) return
  const { signal } = (stop = new AbortController())
  const following = {
    connection: api.connection,
    signal,
    random: Math.random,
    sleep,
    onPause: () => noteReached('stream', false),
  }
  while (!signal.aborted && !isSignInNeeded.value) {
    try {
      for await (const change of followChanges(following)) {
        noteReached('stream', true)
        tell(change)
      }
    } catch {
      if (signal.aborted) return
      noteReached('stream', false)
      await sleep(refusedMs, signal)
    }
  }
}
