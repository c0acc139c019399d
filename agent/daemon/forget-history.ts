import { pauseAfter } from '#contract/pause-after.ts'
import { rest } from '../../process/rest.ts'
import { forgetBuilds } from '../buildkit/forget-builds.ts'

/** For so long who has solved may still ask for an error that was too large to be sent. */
const keptMs = 10_000
const pauses = { firstMs: 500, maxMs: 10_000 }

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
    for (let tries = 1; !stop.signal.aborted; tries += 1) {
      const since = performance.now()
      // The daemon may be starting anew, or its disk may be full.
      await forgetBuilds(address, afterMs, stop.signal).catch(() => undefined)
      if (performance.now() - since > pauses.maxMs) tries = 1
      await rest(pauseAfter(pauses, tries, random()), stop.signal)
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
