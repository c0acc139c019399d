import { createReadStream, createWriteStream } from 'node:fs'
import { open, stat, truncate } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { rest } from '../../process/rest.ts'

const maxBytes = 8 * 1024 * 1024
const chunkBytes = 64 * 1024
const pollMs = 250

/** What was printed before the file was last cut. */
function earlierOf(log: string): string {
  return `${log}.1`
}

/**
 * Cuts the log of an environment when it has grown too long: the end of it is kept beside it. Whoever writes appends, and
 * goes on at the beginning. It is cut also when its end cannot be kept, as on a full disk. @throws what was in the way then.
 */
export async function limitLog(log: string): Promise<void> {
  const size = await sizeOf(log)
  if (size <= maxBytes) return
  try {
    const kept = createReadStream(log, { start: size - maxBytes, end: size - 1 })
    await pipeline(kept, createWriteStream(earlierOf(log), { mode: 0o600 }))
  } finally {
    await truncate(log, 0)
  }
}

/** What is kept of a log, in bytes. */
export async function measureLog(log: string): Promise<number> {
  return (await sizeOf(log)) + (await sizeOf(earlierOf(log)))
}

async function sizeOf(path: string): Promise<number> {
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  return size
}

interface Following {
  /** Whether there may be more, once all has been read. */
  readonly goesOn: () => boolean
  readonly signal: AbortSignal
}

/** What an environment has printed, and prints, in pieces. */
export async function* readLog(
  log: string,
  { goesOn, signal }: Following,
): AsyncGenerator<Uint8Array> {
  yield* readFrom(earlierOf(log), 0)
  let at = 0
  for (;;) {
    const isLast = !goesOn()
    const size = await sizeOf(log)
    // It was cut.
    if (size < at) at = 0
    for await (const piece of readFrom(log, at)) {
      at += piece.length
      yield piece
    }
    if (isLast || signal.aborted) return
    await rest(pollMs, signal)
  }
}

async function* readFrom(path: string, start: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r').catch(() => undefined)
  if (file === undefined) return
  try {
    for (let at = start; ;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkBytes), 0, chunkBytes, at)
      if (bytesRead === 0) return
      at += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
