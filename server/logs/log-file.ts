import { type FileHandle, open } from 'node:fs/promises'
import type { Block, BlockCache } from './block-cache.ts'
import { decodeBlock, decodeHeader, encodeFrame, headerBytes, isWhole, packing } from './frame.ts'
import { scanFile, type Span, spanBytes } from './scan-file.ts'

/** What the disk gave back is not what was written. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged'
}

export interface LogSizes {
  readonly lines: number
  readonly rawBytes: number
  readonly storedBytes: number
}

/** The log of one attempt. Lines are numbered from 0. */
export interface LogFile {
  sizes(): LogSizes
  /**
   * Adds lines after the last. They can be read at once.
   * @returns when they are on the disk. When it throws, the file must be closed and opened again.
   */
  append(bytes: Buffer, lines: number): Promise<void>
  /** Ends when everything that was appended is on the disk. */
  settle(): Promise<void>
  /** The block that holds the line; `undefined` when the log does not go that far. */
  read(line: number): Promise<Block | undefined>
  close(): Promise<void>
}

interface TailBlock extends Block {
  /** Bytes in the file; 0 until they are there. */
  storedBytes: number
}

/**
 * Opens a file that is there. With `writable`, what a killed server left half written is cut off: it was never
 * acknowledged. @throws LogDamaged when a file that is only read is not whole.
 */
export async function openLogFile(
  path: string,
  cache: BlockCache,
  { writable }: { readonly writable: boolean },
): Promise<LogFile> {
  const handle = await open(path, writable ? 'r+' : 'r')
  try {
    const { spans, end } = await scanFile(handle)
    const { size } = await handle.stat()
    if (size > end) {
      if (!writable) throw new LogDamaged(`${path} is damaged at byte ${end}`)
      await handle.truncate(end)
      await handle.datasync()
    }
    return createLogFile(handle, cache, [...spans], end)
  } catch (error) {
    await handle.close()
    throw error
  }
}

function createLogFile(
  handle: FileHandle,
  cache: BlockCache,
  spans: Span[],
  scanned: number,
): LogFile {
  /** What was appended since the last span: the followers at the end of the log are served from here. */
  let tail: TailBlock[] = []
  let end = scanned
  let lines = (spans.at(-1)?.start ?? 0) + (spans.at(-1)?.lines ?? 0)
  let rawBytes = spans.reduce((sum, span) => sum + span.rawBytes, 0)
  let writing: Promise<void> = Promise.resolve()

  const write = async (block: TailBlock) => {
    const parts = await encodeFrame(block.bytes, block, packing.quick)
    const length = parts[0].length + parts[1].length
    const { bytesWritten } = await handle.writev([...parts], end)
    if (bytesWritten !== length) throw new Error('the disk took only a part of the log')
    await handle.datasync()
    block.storedBytes = length
    end += length
    foldTail()
  }
  /** Once the tail is long enough to be worth reading back in one piece it need not be held any longer. */
  const foldTail = () => {
    const written = tail.filter(({ storedBytes }) => storedBytes > 0)
    const span = joinBlocks(written, end)
    if (span === undefined || span.rawBytes < spanBytes) return
    spans.push(span)
    tail = tail.slice(written.length)
  }
  return {
    sizes: () => ({ lines, rawBytes, storedBytes: end }),
    append: async (bytes, count) => {
      const block: TailBlock = { start: lines, lines: count, bytes, storedBytes: 0 }
      tail.push(block)
      lines += count
      rawBytes += bytes.length
      writing = writing.then(async () => write(block))
      return writing
    },
    settle: async () => writing,
    read: async (line) => {
      if (line >= lines) return undefined
      const first = tail[0]
      if (first !== undefined && line >= first.start)
        return tail.findLast(({ start }) => start <= line)
      const span = findSpan(spans, line)
      return span && cache.read(span, async () => readSpan(handle, span))
    },
    close: async () => {
      await writing.catch(() => undefined)
      await handle.close()
    },
  }
}

function joinBlocks(blocks: readonly TailBlock[], end: number): Span | undefined {
  const [first] = blocks
  if (first === undefined) return undefined
  const sum = (of: (block: TailBlock) => number) =>
    blocks.reduce((total, block) => total + of(block), 0)
  const storedBytes = sum((block) => block.storedBytes)
  return {
    offset: end - storedBytes,
    storedBytes,
    rawBytes: sum(({ bytes }) => bytes.length),
    start: first.start,
    lines: sum((block) => block.lines),
  }
}

/** Spans follow one another without a gap, so the last that does not begin after the line holds it. */
function findSpan(spans: readonly Span[], line: number): Span | undefined {
  let [low, high] = [0, spans.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((spans[middle]?.start ?? 0) <= line) low = middle + 1
    else high = middle
  }
  return spans[low - 1]
}

async function readSpan(handle: FileHandle, span: Span): Promise<Block> {
  const { offset, storedBytes, start, lines } = span
  const { buffer, bytesRead } = await handle.read(
    Buffer.allocUnsafe(storedBytes),
    0,
    storedBytes,
    offset,
  )
  const blocks: Buffer[] = []
  for (let at = 0; at < bytesRead;) {
    const header = buffer.subarray(at, at + headerBytes)
    const frame = decodeHeader(header)
    const stored = buffer.subarray(at + headerBytes, at + headerBytes + (frame?.storedBytes ?? 0))
    if (frame === undefined || !isWhole(header, stored))
      throw new LogDamaged(`a log is damaged at byte ${offset + at}`)
    blocks.push(await decodeBlock(frame, stored))
    at += headerBytes + frame.storedBytes
  }
  const [only] = blocks
  const bytes = blocks.length === 1 && only !== undefined ? only : Buffer.concat(blocks)
  return { start, lines, bytes }
}
