import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type BytePath, encodeBytePath, fromBytePath } from './byte-path.ts'
import { unreadable } from './unreadable.ts'

const maxChunk = 256 * 1024
/** Whatever took the file's place since it was listed: no link is followed, no pipe is waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/**
 * The bytes of a file below `root`. One that grew or shrank since it was listed is sent as it is by now; one that cannot
 * be read is an error, for a build that goes on with half a file or an empty one is worse than one that fails.
 */
export async function* readDiskFile(root: BytePath, path: BytePath): AsyncGenerator<Uint8Array> {
  try {
    await using file = await open(encodeBytePath(`${root}/${path}`), flags)
    const stat = await file.stat()
    if (!stat.isFile()) throw new Error('it is no file any more')
    yield* readAll(file, stat.size)
  } catch (error) {
    throw unreadable(fromBytePath(path), error)
  }
}

async function* readAll(file: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  // One byte more than expected, so that a file of the expected size ends with its first read.
  const length = Math.min(size + 1, maxChunk)
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length)
    if (bytesRead > 0) yield buffer.subarray(0, bytesRead)
    if (bytesRead < length) return
  }
}
