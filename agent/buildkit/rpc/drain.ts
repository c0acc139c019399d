import type { Writable } from 'node:stream'

/** Ends when the stream takes more, or when it has closed and never will. */
export async function nextDrain(stream: Writable): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const done = () => resolve()
  stream.once('drain', done)
  stream.once('close', done)
  await promise
  stream.off('drain', done)
  stream.off('close', done)
}
