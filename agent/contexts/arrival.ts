import { open, rename } from 'node:fs/promises'

const chunkSize = 1024 * 1024

/** A file that is being written; what is there of it can be read already. */
export interface Arrival {
  /** Settles once all of it is there, with its bytes, or cannot be had. */
  readonly whole: Promise<number>
  /**
   * Yields its bytes, waiting for those that are not there yet; they are valid until the next are asked for.
   * @throws what `whole` rejects with.
   */
  read(): AsyncGenerator<Uint8Array>
}

/** Lets `write` fill the file `partial`, telling how many bytes can be read; a whole one is renamed to `path`. */
export function startArrival(
  path: string,
  partial: string,
  write: (onBytes: (received: number) => void) => Promise<void>,
): Arrival {
  let received = 0
  let isWhole = false
  let more = Promise.withResolvers<void>()
  const receive = async (): Promise<number> => {
    await write((count) => {
      received = count
      more.resolve()
      more = Promise.withResolvers()
    })
    await rename(partial, path)
    isWhole = true
    return received
  }
  const whole = receive()
  // Whoever reads or waits is told.
  whole.catch(() => undefined)
  return {
    whole,
    read: async function* read() {
      if (received === 0) await Promise.race([more.promise, whole])
      await using file = await open(partial).catch(async () => open(path))
      const buffer = Buffer.allocUnsafeSlow(chunkSize)
      for (let at = 0; ;) {
        if (at === received && isWhole) return
        if (at === received) {
          await Promise.race([more.promise, whole])
          continue
        }
        const length = Math.min(chunkSize, received - at)
        const { bytesRead } = await file.read(buffer, 0, length, at)
        if (bytesRead === 0) throw new RangeError('the file is shorter than what was received')
        at += bytesRead
        yield buffer.subarray(0, bytesRead)
      }
    },
  }
}
