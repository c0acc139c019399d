import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs'
import { promisify } from 'node:util'
import { type BytePath, encodeBytePath, fromBytePath } from './byte-path.ts'
import { unreadable } from './unreadable.ts'

const maxChunk = 256 * 1024
/** Up to here a file is read at once: handing the work to another thread takes longer than the work. */
const smallFile = 64 * 1024
/** Whatever took the file's place since it was listed: no link is followed, no pipe is waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
const readAsync = promisify(read)

/**
 * The bytes of a file below `root`. One that grew or shrank since it was listed is sent as it is by now; one that cannot
 * be read is an error, for a build that goes on with half a file or an empty one is worse than one that fails.
 */
export async function* readDiskFile(root: BytePath, path: BytePath): AsyncGenerator<Uint8Array> {
  try {
    using stack = new DisposableStack()
    const fd = stack.adopt(openSync(encodeBytePath(`${root}/${path}`), flags), closeSync)
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new Error('it is no file any more')
    yield* readAll(fd, stat.size)
  } catch (error) {
    throw unreadable(fromBytePath(path), error)
  }
}

async function* readAll(fd: number, size: number): AsyncGenerator<Uint8Array> {
  // One byte more than expected, so that a file of the expected size ends with its first read.
  const length = Math.min(size + 1, maxChunk)
  for (;;) {
    const chunk = Buffer.allocUnsafe(length)
    const bytesRead =
      size <= smallFile
        ? readSync(fd, chunk)
        : (await readAsync(fd, chunk, 0, length, null)).bytesRead
    if (bytesRead > 0) yield chunk.subarray(0, bytesRead)
    if (bytesRead < length) return
  }
}
