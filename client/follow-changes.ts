import type { FarmChange } from '#contract/answers.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import { farmChange } from '#contract/wire/answers/farm-change.ts'
import { type Following, listen, listenPauses } from './listen.ts'
import { mayPass, pauseBefore } from './may-pass.ts'

/** So many pauses in a row are counted; they grow no longer after that. */
const maxTries = 8

/**
 * What changes in the farm, for as long as the signal lets it. A connection that breaks is made again, and each begins by
 * saying that something may have been missed. @throws ServerError when the server refuses.
 */
export async function* followChanges(following: Following): AsyncGenerator<FarmChange> {
  const { signal, random, sleep, onPause } = following
  for (let tries = 1; !signal.aborted; tries = Math.min(maxTries, tries + 1)) {
    let lost: unknown
    try {
      for await (const { event, data } of listen(following, { path: '/api/events' })) {
        tries = 1
        if (event === 'changed') yield farmChange.parse(JSON.parse(data))
      }
    } catch (error) {
      if (signal.aborted) return
      if (!mayPass(error)) throw error
      lost = error
    }
    const pause = pauseBefore(lost, pauseAfter(listenPauses, tries, random()))
    if (lost !== undefined) onPause?.(pause, lost)
    await sleep(pause, signal)
  }
}
