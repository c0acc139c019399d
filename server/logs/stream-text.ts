/** How long a reader may leave a piece untaken. */
const stalledMs = 5 * 60_000

/**
 * Text as the body of an answer. The next piece is made only when the last has been taken, so a slow reader costs one
 * piece; one that takes nothing for minutes is let go, and may come back for the rest.
 */
export function streamText(
  pieces: (signal: AbortSignal) => AsyncGenerator<string>,
  onError: (error: unknown) => void,
  limitMs = stalledMs,
): ReadableStream<Uint8Array> {
  const reader = new AbortController()
  const source = pieces(reader.signal)
  const encoder = new TextEncoder()
  let stalled: NodeJS.Timeout | undefined
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        clearTimeout(stalled)
        try {
          const { value, done } = await source.next()
          if (reader.signal.aborted) return
          if (done === true) return controller.close()
          controller.enqueue(encoder.encode(value))
          stalled = setTimeout(() => {
            reader.abort()
            controller.error(new Error('the reader has stalled'))
            // Nobody cancels a stream that has failed, and what the source holds must be let go.
            source.return(undefined).catch(onError)
          }, limitMs)
        } catch (error) {
          onError(error)
          controller.error(error)
        }
      },
      cancel: async () => {
        clearTimeout(stalled)
        reader.abort()
        await source.return(undefined)
      },
    },
    { highWaterMark: 0 },
  )
}
