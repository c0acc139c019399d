import { maxLineBytes } from '#contract/log-block.ts'
import { type Mask, noMask } from './mask-secrets.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const firstCapacity = 256

/** @returns false when it takes no more: the splitter then stops. */
export type EmitLine = (line: Uint8Array, continued: boolean) => boolean

export interface LineSplitter {
  /** Emits the lines that these bytes complete. @returns how many of the bytes were taken. */
  write(bytes: Uint8Array): number
  /** Emits what is left without a line end. */
  end(): void
}

/**
 * Joins output that was cut anywhere into lines, byte for byte but for their ends. A line over the limit is emitted in
 * parts, cut between characters, and is masked before: a secret across a cut is in neither part. A line is valid until
 * `emit` returns.
 */
export function createLineSplitter(
  emit: EmitLine,
  mask: Pick<Mask, 'bytes' | 'longest'> = noMask,
): LineSplitter {
  let rest = Buffer.allocUnsafeSlow(firstCapacity)
  let used = 0
  let continued = false
  /** The last bytes of a line that goes on may be the beginning of a secret. */
  const unsure = Math.max(0, mask.longest - 1)

  const keep = (bytes: Uint8Array) => {
    if (used + bytes.length > rest.length) {
      rest = Buffer.concat([rest], Math.max(rest.length * 2, used + bytes.length))
    }
    rest.set(bytes, used)
    used += bytes.length
  }
  /** Emits whole parts of a line that is too long, none of its last `kept` bytes. @returns the rest while more is taken. */
  const cut = (line: Uint8Array, kept: number): Uint8Array | undefined => {
    if (line.length <= maxLineBytes + kept) return line
    let left = mask.bytes(line)
    while (left.length > maxLineBytes + kept) {
      const length = cutLength(left)
      if (!emit(left.subarray(0, length), continued)) return undefined
      continued = true
      left = left.subarray(length)
    }
    return left
  }
  const complete = (line: Uint8Array): boolean => {
    const left = cut(line.at(-1) === carriageReturn ? line.subarray(0, -1) : line, 0)
    if (left === undefined || !emit(left, continued)) return false
    continued = false
    return true
  }
  return {
    write: (bytes) => {
      let at = 0
      for (let to = bytes.indexOf(lineFeed); to !== -1; to = bytes.indexOf(lineFeed, at)) {
        const part = bytes.subarray(at, to)
        if (used > 0) keep(part)
        const line = used > 0 ? rest.subarray(0, used) : part
        used = 0
        at = to + 1
        if (!complete(line)) return at
      }
      for (; at < bytes.length; at += maxLineBytes) {
        keep(bytes.subarray(at, at + maxLineBytes))
        if (used <= maxLineBytes + unsure) continue
        const left = cut(rest.subarray(0, used), unsure)
        if (left === undefined) return Math.min(at + maxLineBytes, bytes.length)
        rest.set(left)
        used = left.length
      }
      return bytes.length
    },
    end: () => {
      if (used > 0) complete(rest.subarray(0, used))
      used = 0
    },
  }
}

/** A part ends before the character that would not fit whole; bytes that are no UTF-8 are cut anywhere. */
function cutLength(line: Uint8Array): number {
  for (let length = maxLineBytes; length > maxLineBytes - 4; length -= 1) {
    if (((line[length] ?? 0) & 0xc0) !== 0x80) return length
  }
  return maxLineBytes
}
