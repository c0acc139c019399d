import { Refusal } from '../refusal.ts'
import { refuseContext } from './refuse.ts'

/**
 * The bytes of an entry. The streams of the parsers say of their chunks nothing that a compiler would believe.
 * @throws Refusal, also for what a parser throws.
 */
export async function* bodyBytes(stream: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) if (chunk instanceof Uint8Array) yield chunk
  } catch (error) {
    throw asRefusal(error)
  }
}

/** Whatever goes wrong while an upload is read is wrong with the upload. */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  return refuseContext('the upload is cut off or not packed as its type says')
}
