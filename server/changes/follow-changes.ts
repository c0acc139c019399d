import { setTimeout as pause } from 'node:timers/promises'
import type { FarmChange } from '#contract/answers.ts'
import { findSeenBuilds } from '../../records/builds.ts'
import { findSeenEnvironments } from '../../records/find-environments.ts'
import type { Listener } from '../../records/listen.ts'
import type { Scope } from '../../records/scope.ts'
import { createWakeUp } from '../../records/wake-up.ts'
import { stillHere, writeEvent } from '../logs/sse.ts'
import { createHeard } from './heard.ts'

const stillHereMs = 5_000
/** What happens meanwhile is told together. */
const restMs = 300

/**
 * What changes in the farm as server-sent events, for one reader: ids of what they read, and hints for the rest. The first
 * says that anything may have changed before.
 */
export async function* followChanges(
  { listener }: { readonly listener: Listener },
  scope: Scope,
  signal: AbortSignal,
): AsyncGenerator<string> {
  using wakeUp = createWakeUp(signal)
  using heard = createHeard(listener, () => wakeUp.wake())
  yield writeEvent('changed', { ...nothing, missed: true })
  while (!signal.aborted) {
    if (!(await wakeUp.wait(stillHereMs))) {
      yield stillHere
      continue
    }
    const change = await onlySeen(scope, heard.take())
    if (isWorthTelling(change)) yield writeEvent('changed', change)
    await pause(restMs, undefined, { signal }).catch(() => undefined)
  }
}

const nothing = {
  builds: [],
  environments: [],
  images: false,
  fleet: false,
  missed: false,
} as const satisfies FarmChange

async function onlySeen(scope: Scope, heard: FarmChange): Promise<FarmChange> {
  const [builds, environments] = await Promise.all([
    findSeenBuilds(scope, heard.builds),
    findSeenEnvironments(scope, heard.environments),
  ])
  return { ...heard, builds: [...builds], environments: [...environments] }
}

function isWorthTelling({ builds, environments, images, fleet, missed }: FarmChange): boolean {
  return builds.length + environments.length > 0 || images || fleet || missed
}
