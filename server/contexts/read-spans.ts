import type { FileHandle } from 'node:fs/promises'

const blockSize = 64 * 1024
const keptBlocks = 64

/** Yields the bytes of a part of a file. They are valid until the next are asked for. */
export type ReadSpan = (at: number, size: number) => AsyncGenerator<Uint8Array>

/**
 * For many small parts that lie near each other but are wanted in another order: whole blocks are read, and the last few
 * are kept.
 */
export function createSpanReader(handle: FileHandle): ReadSpan {
  const blocks = new Map<number, Uint8Array>()
  const readBlock = async (number: number): Promise<Uint8Array> => {
    const known = blocks.get(number)
    if (known !== undefined) return known
    const buffer = freeBuffer(blocks)
    const { bytesRead } = await handle.read(buffer, 0, blockSize, number * blockSize)
    if (bytesRead < blockSize) return buffer.subarray(0, bytesRead)
    blocks.set(number, buffer)
    return buffer
  }
  return async function* readSpan(at, size) {
    for (let from = at; from < at + size;) {
      const start = from % blockSize
      const block = await readBlock((from - start) / blockSize)
      const bytes = block.subarray(start, start + at + size - from)
      if (bytes.length === 0) throw new RangeError('the file ends before the part')
      yield bytes
      from += bytes.length
    }
  }
}

/** A new one, or that of the block that was read first. */
function freeBuffer(blocks: Map<number, Uint8Array>): Uint8Array {
  const [oldest] = blocks
  if (oldest === undefined || blocks.size < keptBlocks) return Buffer.allocUnsafeSlow(blockSize)
  blocks.delete(oldest[0])
  return oldest[1]
}
