import { open, rename, stat, type FileHandle } from 'node:fs/promises'

const rotateAtBytes = 32 * 1024 * 1024

/** Opens a log for appending; a large one is set aside as `<name>.1` first. */
export async function openLog(path: string): Promise<FileHandle> {
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  )
  if (size > rotateAtBytes) await rename(path, `${path}.1`)
  return open(path, 'a', 0o640)
}

/** The last lines of a log, for the message of a start that failed. */
export async function readLogTail(path: string, lines: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const length = Math.min(size, 16 * 1024)
    const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length)
    return buffer.toString('utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } finally {
    await file.close()
  }
}
