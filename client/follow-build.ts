import type { BuildEvent } from '#contract/answers.ts'
import { endEvent, logEvent, stageEvent, stepEvent } from '#contract/wire/answers/build-event.ts'
import { readEvents } from './read-events.ts'
import { type Connection, send } from './request.ts'
import { ServerError } from './server-error.ts'

export interface Following {
  readonly connection: Connection
  /** Ends it. */
  readonly signal: AbortSignal
  readonly random: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told when the connection is lost and will be made again after `ms`. */
  readonly onPause?: (ms: number, error: unknown) => void
}

/** The server says that it is there every 5 s. */
const silenceMs = 30_000
const firstPauseMs = 500
const maxPauseMs = 15_000
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
  for (let tries = 0; ; tries += 1) {
    try {
      for await (const event of listen(following, buildId, place)) {
        tries = 0
        yield event
        if (event.event === 'end') return
      }
      if (tries >= maxTries) throw new ServerError(`follow ${buildId}`, {})
    } catch (error) {
      signal.throwIfAborted()
      if (isRefusal(error)) throw error
      if (tries >= maxTries) throw new ServerError(`follow ${buildId}`, { cause: error })
      onPause?.(pauseAfter(tries, random()), error)
    }
    await sleep(pauseAfter(tries, random()), signal)
  }
}

const pauseAfter = (tries: number, random: number) =>
  Math.min(maxPauseMs, firstPauseMs * 2 ** tries) * (0.5 + random / 2)

/** An answer that another try would not change. */
function isRefusal(error: unknown): boolean {
  return error instanceof ServerError && error.status !== undefined && error.status < 500
}

async function* listen(
  { connection, signal }: Following,
  buildId: string,
  place: { last: string | undefined },
): AsyncGenerator<BuildEvent> {
  const silent = new AbortController()
  const until = AbortSignal.any([signal, silent.signal])
  const watch = () => setTimeout(() => silent.abort(new Error('the server is silent')), silenceMs)
  let timer = watch()
  try {
    const path = `/api/builds/${encodeURIComponent(buildId)}/logs`
    const headers = place.last === undefined ? {} : { 'last-event-id': place.last }
    const { body } = await send(connection, { path, headers, signal: until })
    if (body === null) return
    const heard = () => {
      clearTimeout(timer)
      timer = watch()
    }
    for await (const { id, event, data } of readEvents(body, heard)) {
      const known = readEvent(event, JSON.parse(data))
      // Only what has been handed on counts as known.
      if (known !== undefined) yield known
      place.last = id ?? place.last
    }
  } finally {
    clearTimeout(timer)
    silent.abort()
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
