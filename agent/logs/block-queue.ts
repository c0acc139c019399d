import { type LineOrigin, originRow, row } from '#contract/log-block.ts'

/** Longest block in bytes: what one request carries. */
export const blockBytes = 256 * 1024
/** An origin takes less than this. */
const originBytes = 64
/** Buffers kept for later blocks, so that a flood does not make new ones all the time. */
const maxFree = 2

/** `bytes` is valid until the block is forgotten. */
export interface LogBlock {
  readonly bytes: Buffer
  readonly lines: number
}

/** Lines on their way to the server, as blocks. */
export interface BlockQueue {
  write(origin: LineOrigin, text: Uint8Array, continued: boolean): void
  /** The oldest block, which then grows no more. */
  readonly first: () => LogBlock | undefined
  /** Forgets the oldest block. */
  shift(): void
  bytes(): number
  lines(): number
}

interface OpenBlock {
  readonly buffer: Buffer
  used: number
  lines: number
  origin: LineOrigin | undefined
}

export function createBlockQueue(): BlockQueue {
  const blocks: OpenBlock[] = []
  const free: Buffer[] = []
  /** The last block, as long as it takes more lines. */
  let open: OpenBlock | undefined
  let bytes = 0
  let lines = 0
  const begin = (): OpenBlock => {
    const buffer = free.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
    const block = { buffer, used: 0, lines: 0, origin: undefined }
    blocks.push(block)
    return block
  }
  return {
    write: (origin, text, continued) => {
      const needed = originBytes + text.length + 2
      if (open === undefined || open.used + needed > blockBytes) open = begin()
      const { buffer, used } = open
      let at = used
      if (!isSame(open.origin, origin)) at += buffer.write(originRow(origin), at, 'latin1')
      buffer[at] = continued ? row.continued : row.line
      buffer.set(text, at + 1)
      at += text.length + 2
      buffer[at - 1] = row.end
      open.used = at
      open.origin = origin
      open.lines += 1
      bytes += at - used
      lines += 1
    },
    first: () => {
      const [first] = blocks
      if (first === open) open = undefined
      return first && { bytes: first.buffer.subarray(0, first.used), lines: first.lines }
    },
    shift: () => {
      const block = blocks.shift()
      bytes -= block?.used ?? 0
      lines -= block?.lines ?? 0
      if (block !== undefined && free.length < maxFree) free.push(block.buffer)
    },
    bytes: () => bytes,
    lines: () => lines,
  }
}

function isSame(a: LineOrigin | undefined, b: LineOrigin): boolean {
  if (a === b) return true
  return a?.at === b.at && a.step === b.step && a.stream === b.stream && a.stage === b.stage
}
