import type { FileHandle } from 'node:fs/promises'
import { decodeHeader, type FrameHeader, headerBytes, isWhole } from './frame.ts'

/** Frames that lie next to each other in a file and are read together. */
export interface Span {
  readonly offset: number
  readonly storedBytes: number
  readonly rawBytes: number
  readonly start: number
  readonly lines: number
}

export interface Scan {
  readonly spans: readonly Span[]
  /** Where the whole frames end. */
  readonly end: number
}

/** Spans are at least this long unpacked: a log of many short frames is then read in few pieces. */
export const spanBytes = 128 * 1024
const windowBytes = 256 * 1024

/** Finds every whole frame from the beginning; the first that is not whole ends the scan. */
export async function scanFile(handle: FileHandle): Promise<Scan> {
  const readAt = createWindow(handle)
  const spans: Span[] = []
  let end = 0
  for (;;) {
    const header = Buffer.from(await readAt(end, headerBytes))
    const frame = decodeHeader(header)
    if (frame === undefined) return { spans, end }
    const stored = await readAt(end + headerBytes, frame.storedBytes)
    if (stored.length < frame.storedBytes || !isWhole(header, stored)) return { spans, end }
    addFrame(spans, end, frame)
    end += headerBytes + frame.storedBytes
  }
}

function addFrame(spans: Span[], offset: number, frame: FrameHeader): void {
  const storedBytes = headerBytes + frame.storedBytes
  const last = spans.at(-1)
  if (last === undefined || last.rawBytes >= spanBytes) {
    const { rawBytes, start, lines } = frame
    spans.push({ offset, storedBytes, rawBytes, start, lines })
    return
  }
  spans[spans.length - 1] = {
    ...last,
    storedBytes: last.storedBytes + storedBytes,
    rawBytes: last.rawBytes + frame.rawBytes,
    lines: last.lines + frame.lines,
  }
}

/** Reads a file front to back in large pieces, however small the parts that are asked for. */
function createWindow(handle: FileHandle) {
  let from = 0
  let window = Buffer.alloc(0)
  return async (offset: number, length: number): Promise<Buffer> => {
    if (offset < from || offset + length > from + window.length) {
      const size = Math.max(length, windowBytes)
      const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(size), 0, size, offset)
      from = offset
      window = buffer.subarray(0, bytesRead)
    }
    return window.subarray(offset - from, offset - from + length)
  }
}
