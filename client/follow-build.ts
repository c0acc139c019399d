import type { BuildEvent } from '#contract/answers.ts'
import { pauseAfter } from '#contract/pause-after.ts'
import { endEvent, logEvent, stageEvent } from '#contract/wire/answers/build-event.ts'
import { stepEvent } from '#contract/wire/answers/step.ts'
import { type Following, listen, listenPauses } from './listen.ts'
import { mayPass, pauseBefore } from './may-pass.ts'
import { ServerError } from './server-error.ts'

/** Tries without a single event in between: with the pauses above about ten minutes. */
const maxTries = 45

/**
 * What a build tells, from its beginning to its end. A connection that breaks is made again, and goes on after the last
 * line. @param from what an earlier event had as its id. @throws ServerError when the server refuses, or stays away.
 */
export async function* followBuild(
  following: Following,
  buildId: string,
  from?: string,
): AsyncGenerator<BuildEvent> {
  const { signal, random, sleep, onPause } = following
  const place = { last: from }
  for (let tries = 1; ; tries += 1) {
    let lost: unknown
    try {
      for await (const event of listenToBuild(following, buildId, place)) {
        tries = 1
        yield event
        if (event.event === 'end') return
      }
      if (tries > maxTries) throw new ServerError(`follow ${buildId}`, {})
    } catch (error) {
      signal.throwIfAborted()
      if (!mayPass(error)) throw error
      if (tries > maxTries) throw new ServerError(`follow ${buildId}`, { cause: error })
      lost = error
    }
    const pause = pauseBefore(lost, pauseAfter(listenPauses, tries, random()))
    if (lost !== undefined) onPause?.(pause, lost)
    await sleep(pause, signal)
  }
}

async function* listenToBuild(
  following: Following,
  buildId: string,
  place: { last: string | undefined },
): AsyncGenerator<BuildEvent> {
  const path = `/api/builds/${encodeURIComponent(buildId)}/logs`
  const headers: Readonly<Record<string, string>> =
    place.last === undefined ? {} : { 'last-event-id': place.last }
  for await (const { id, event, data } of listen(following, { path, headers })) {
    const known = readEvent(event, JSON.parse(data))
    // Only what has been handed on counts as known.
    if (known !== undefined) yield known
    place.last = id ?? place.last
  }
}

/** `undefined` for what a newer server may tell besides. */
function readEvent(event: string | undefined, data: unknown): BuildEvent | undefined {
  if (event === 'log') return { event, data: logEvent.parse(data) }
  if (event === 'stage') return { event, data: stageEvent.parse(data) }
  if (event === 'step') return { event, data: stepEvent.parse(data) }
  if (event === 'end') return { event, data: endEvent.parse(data) }
  return undefined
}
