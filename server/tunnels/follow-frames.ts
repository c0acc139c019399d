/** Follows what a WebSocket's server says, to know where something can be said in its place. */
export interface FrameFollower {
  feed(bytes: Uint8Array): void
  /** Whether the last frame is whole, and one has begun to be spoken in. */
  isBetween(): boolean
}

const endOfHead = '\r\n\r\n'
const policyViolation = 1008
const finalClose = 0x88

/** Takes the answer to the upgrade with its headers first, and frames then. What is said in them is skipped. */
export function followFrames(): FrameFollower {
  let head = ''
  let isOpen = false
  let header: number[] = []
  let left = 0
  const feedHead = (bytes: Uint8Array): Uint8Array => {
    const [before, text] = [head.length, head + Buffer.from(bytes).toString('latin1')]
    const end = text.indexOf(endOfHead)
    isOpen = end !== -1
    head = isOpen ? '' : text.slice(1 - endOfHead.length)
    return isOpen ? bytes.subarray(end + endOfHead.length - before) : bytes.subarray(bytes.length)
  }
  return {
    feed: (given) => {
      let bytes = isOpen ? given : feedHead(given)
      while (bytes.length > 0) {
        if (left > 0) {
          const taken = Math.min(left, bytes.length)
          left -= taken
          bytes = bytes.subarray(taken)
          continue
        }
        header.push(bytes[0] ?? 0)
        bytes = bytes.subarray(1)
        if (header.length < headerLength(header)) continue
        left = payloadLength(header)
        header = []
      }
    },
    isBetween: () => isOpen && left === 0 && header.length === 0,
  }
}

function headerLength([, second]: readonly number[]): number {
  if (second === undefined) return 2
  const [short, mask] = [second & 0x7f, second & 0x80]
  return 2 + (short === 127 ? 8 : short === 126 ? 2 : 0) + (mask === 0 ? 0 : 4)
}

function payloadLength(header: readonly number[]): number {
  const short = (header[1] ?? 0) & 0x7f
  if (short < 126) return short
  const digits = header.slice(2, short === 126 ? 4 : 10)
  return digits.reduce((sum, byte) => sum * 256 + byte, 0)
}

/** Ends a WebSocket for a reason of at most 123 bytes, which its other end is told. Pure. */
export function closeFrame(reason: string): Buffer {
  const text = Buffer.from(reason)
  const code = [policyViolation >> 8, policyViolation & 0xff]
  return Buffer.from([finalClose, text.length + code.length, ...code, ...text])
}
