import type { EventSourceMessage } from 'eventsource-parser'
import { readEvents } from './read-events.ts'
import { type Ask, type Connection, send } from './request.ts'

export interface Listening {
  readonly connection: Connection
  /** Ends it. */
  readonly signal: AbortSignal
}

export interface Following extends Listening {
  readonly random: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Told when the connection is lost and will be made again after `ms`. */
  readonly onPause?: (ms: number, error: unknown) => void
}

/** The server says that it is there every 5 s. */
const silenceMs = 30_000
/** Before a connection that broke is made again. */
export const listenPauses = { firstMs: 500, maxMs: 15_000 }

/** The events of one answer. @throws whatever it breaks off with, and an error when the server has fallen silent. */
export async function* listen(
  { connection, signal }: Listening,
  ask: Pick<Ask, 'path' | 'headers'>,
): AsyncGenerator<EventSourceMessage> {
  const silent = new AbortController()
  const until = AbortSignal.any([signal, silent.signal])
  const watch = () => setTimeout(() => silent.abort(new Error('the server is silent')), silenceMs)
  let timer = watch()
  try {
    const { body } = await send(connection, { ...ask, signal: until })
    if (body === null) return
    const heard = () => {
      clearTimeout(timer)
      timer = watch()
    }
    yield* readEvents(body, heard)
  } finally {
    clearTimeout(timer)
    silent.abort()
  }
}
