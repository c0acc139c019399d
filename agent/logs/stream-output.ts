import { streamBytes } from '#contract/log.ts'
import { type Mask, noMask } from './mask-secrets.ts'
import { createLineSplitter, type EmitLine } from './split-lines.ts'

/** What a line costs besides its text, so that a flood of empty lines ends as well. */
const lineBytes = 64
/** How much of the end is kept of output that is over the limit: errors come last. */
const endBytes = 64 * 1024
/** What BuildKit writes where it leaves out output itself. */
const daemonMark = '[output clipped, log limit '
const daemonMarkPattern = /^\[output clipped, log limit \S{1,20} reached\]$/
const lineFeed = 0x0a

export interface OutputReader {
  line(text: Uint8Array, continued: boolean): void
  /** A remark about the output, once some of it is left out. */
  leftOut(remark: string): void
}

export interface OutputOptions {
  readonly limit?: number
  readonly mask?: LineMask
}

type LineMask = Pick<Mask, 'bytes' | 'longest'>

/** What one stream of a step writes. */
export interface StreamOutput {
  write(bytes: Uint8Array): void
  /** Tells the last line, and the end of output that was over the limit. */
  end(): void
}

/** Splits output into lines and keeps `limit` bytes of it; then only its end, with a remark on what is missing. */
export function createStreamOutput(
  reader: OutputReader,
  { limit = streamBytes, mask = noMask }: OutputOptions = {},
): StreamOutput {
  const state: { cost: number; end?: OutputEnd } = { cost: 0 }
  const emit: EmitLine = (line, continued) => {
    state.cost += line.length + lineBytes
    if (state.cost > limit) {
      state.end = createOutputEnd()
      state.end.write(Buffer.concat([line, Buffer.of(lineFeed)]))
      return false
    }
    if (isDaemonMark(line)) reader.leftOut('[the build daemon left out output here]')
    else reader.line(line, continued)
    return true
  }
  const splitter = createLineSplitter(emit, mask)
  return {
    write: (bytes) => {
      const taken = state.end === undefined ? splitter.write(bytes) : 0
      if (taken < bytes.length) state.end?.write(bytes.subarray(taken))
    },
    end: () => {
      splitter.end()
      state.end?.tell(reader, limit, mask)
    },
  }
}

interface OutputEnd {
  write(bytes: Uint8Array): void
  tell(reader: OutputReader, limit: number, mask: LineMask): void
}

/** Counts output and holds on to the last of it. */
function createOutputEnd(): OutputEnd {
  let parts: Buffer[] = []
  let held = 0
  let left = 0
  let clipped = false
  return {
    write: (bytes) => {
      const part = Buffer.from(bytes.subarray(Math.max(0, bytes.length - endBytes)))
      clipped ||= part.includes(daemonMark)
      left += bytes.length - part.length
      parts.push(part)
      held += part.length
      for (let [first] = parts; first && held - first.length >= endBytes; [first] = parts) {
        parts = parts.slice(1)
        held -= first.length
        left += first.length
      }
    },
    tell: (reader, limit, mask) => {
      const bytes = mask.bytes(Buffer.concat(parts))
      const lineEnd = bytes.indexOf(lineFeed, Math.max(0, bytes.length - endBytes))
      // Where no line begins, the first bytes may be the end of a secret.
      const begins = lineEnd === -1 ? mask.longest : lineEnd + 1
      const from = left === 0 ? 0 : Math.min(begins, bytes.length)
      const missing = `${clipped ? 'more than ' : ''}${size(left + from)}`
      reader.leftOut(`[${missing} of output left out: ${size(limit)} are kept, and the end]`)
      const splitter = createLineSplitter((line, continued) => {
        if (!isDaemonMark(line)) reader.line(line, continued)
        return true
      })
      splitter.write(bytes.subarray(from))
      splitter.end()
    },
  }
}

function isDaemonMark(line: Uint8Array): boolean {
  if (line[0] !== daemonMark.charCodeAt(0) || line.length > 64) return false
  return daemonMarkPattern.test(Buffer.from(line).toString('latin1'))
}

function size(bytes: number): string {
  return bytes < 1024 * 1024
    ? `${Math.ceil(bytes / 1024)} KiB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MiB`
}
