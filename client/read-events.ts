import { createParser, type EventSourceMessage } from 'eventsource-parser'

/**
 * The server-sent events of a body as they come. @param heard is called whenever anything comes, comments included.
 * @throws whatever the connection breaks off with.
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  heard: () => void,
): AsyncGenerator<EventSourceMessage> {
  let ready: EventSourceMessage[] = []
  const parser = createParser({ onEvent: (event) => ready.push(event) })
  const decoder = new TextDecoder()
  for await (const chunk of body) {
    heard()
    parser.feed(decoder.decode(chunk, { stream: true }))
    const events = ready
    ready = []
    yield* events
  }
}
