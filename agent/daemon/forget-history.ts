import { setTimeout as sleep } from 'node:timers/promises'
import { forgetBuilds } from '../buildkit/forget-builds.ts'

/** For so long who has solved may still ask for an error that was too large to be sent. */
const keptMs = 10_000
const firstPauseMs = 500
const maxPauseMs = 10_000

/**
 * Keeps the history of a daemon empty until it is disposed, whoever solved and however that ended, an agent that was
 * killed included: it would hold what the steps have printed as it was printed, secrets too.
 */
export function forgetHistory(
  address: string,
  random: () => number = Math.random,
  afterMs = keptMs,
): AsyncDisposable {
  const stop = new AbortController()
  const forgetAlways = async () => {
    for (let pause = firstPauseMs; !stop.signal.aborted; pause = Math.min(pause * 2, maxPauseMs)) {
      const since = performance.now()
      // The daemon may be starting anew, or its disk may be full.
      await forgetBuilds(address, afterMs, stop.signal).catch(() => undefined)
      if (performance.now() - since > maxPauseMs) pause = firstPauseMs
      const waited = sleep(pause * (0.5 + random() / 2), undefined, { signal: stop.signal })
      await waited.catch(() => undefined)
    }
  }
  const ended = forgetAlways()
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}
