import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  archiveEnd,
  normalHeader,
  type NormalEntry,
  padding,
} from '../../contexts/normal-header.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import { misuse } from '../texts/misuse.ts'

const pieceBytes = 1024 * 1024

/** The bytes of the normal tar of entries that are in its order. @throws CommandError when a file changes meanwhile. */
export async function* packEntries(
  root: string,
  entries: AsyncIterable<NormalEntry> | Iterable<NormalEntry>,
): AsyncGenerator<Uint8Array> {
  let size = 0
  const counted = (bytes: Uint8Array) => {
    size += bytes.length
    return bytes
  }
  for await (const entry of entries) {
    yield counted(normalHeader(entry))
    if (entry.kind !== 'file') continue
    for await (const piece of readWhole(join(root, entry.path), entry)) yield counted(piece)
    yield counted(padding(entry.size))
  }
  yield archiveEnd(size)
}

/** Exactly as many bytes as the header says: what a file has become since would break the archive. */
async function* readWhole(file: string, { path, size }: NormalEntry): AsyncGenerator<Uint8Array> {
  if (size === 0) return
  await using handle = await open(file)
  let read = 0
  while (read < size) {
    // A buffer of its own each time: whoever sends it may still hold the one before.
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size - read))
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, read)
    if (bytesRead === 0) {
      throw new CommandError(misuse.shorter, exitCodes.usage, undefined, { path })
    }
    read += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
