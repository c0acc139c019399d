import type { LogLine } from './log.ts'

/**
 * Lines as they are sent and stored: rows that end with a line feed. `@<ms since 1970> <stage> <step> <stream>` says
 * where the rows after it come from; `=` is followed by a line exactly as it was written, in bytes; `+` by the
 * continuation of a line that was longer than one may be. A block begins with an `@` row, so each can be read alone.
 */
export const row = { origin: 0x40, line: 0x3d, continued: 0x2b, end: 0x0a } as const

/** Where lines come from. */
export interface LineOrigin extends Pick<LogLine, 'stage' | 'step' | 'stream'> {
  /** When the daemon saw them, in ms since 1970. */
  readonly at: number
}

/** A line inside a block: its text is `bytes.subarray(from, to)`. */
export interface BlockLine {
  readonly origin: LineOrigin
  readonly continued: boolean
  readonly from: number
  readonly to: number
}

/** Longest text of one line in bytes; a longer line goes on in the next row. */
export const maxLineBytes = 64 * 1024

const originPattern =
  /^@(\d{1,14}) (building|verifying|pushing) (\d{1,9}) (stdout|stderr|progress)$/
const maxOriginBytes = 64

export function originRow({ at, stage, step, stream }: LineOrigin): string {
  return `@${at} ${stage} ${step} ${stream}\n`
}

/** The lines of a block in order. @throws RangeError when it is none. */
export function* readBlock(bytes: Uint8Array): Generator<BlockLine> {
  let origin: LineOrigin | undefined
  for (let at = 0; at < bytes.length;) {
    const to = bytes.indexOf(row.end, at)
    const kind = bytes[at]
    if (to === -1) throw new RangeError('a row without an end')
    if (kind === row.origin) origin = parseOrigin(bytes, at, to)
    else if (origin === undefined || (kind !== row.line && kind !== row.continued)) {
      throw new RangeError('not a row of a log')
    } else yield { origin, continued: kind === row.continued, from: at + 1, to }
    at = to + 1
  }
}

/** Number of lines in a block that comes from outside. @throws RangeError when it is none, or a line is too long. */
export function countLines(bytes: Uint8Array): number {
  let lines = 0
  let known = false
  for (let at = 0; at < bytes.length;) {
    const to = bytes.indexOf(row.end, at)
    const kind = bytes[at]
    if (to === -1) throw new RangeError('a row without an end')
    if (kind === row.origin) {
      parseOrigin(bytes, at, to)
      known = true
    } else if (!known || (kind !== row.line && kind !== row.continued)) {
      throw new RangeError('not a row of a log')
    } else if (to - at - 1 > maxLineBytes) throw new RangeError('a line is too long')
    else lines += 1
    at = to + 1
  }
  return lines
}

function parseOrigin(bytes: Uint8Array, from: number, to: number): LineOrigin {
  const text = String.fromCharCode(...bytes.subarray(from, Math.min(to, from + maxOriginBytes)))
  const [, at, stage, step, stream] = originPattern.exec(text) ?? []
  if (!isStage(stage) || !isStream(stream)) throw new RangeError('a row names no origin')
  return { at: Number(at), stage, step: Number(step), stream }
}

function isStage(text: string | undefined): text is LineOrigin['stage'] {
  return text === 'building' || text === 'verifying' || text === 'pushing'
}

function isStream(text: string | undefined): text is LineOrigin['stream'] {
  return text === 'stdout' || text === 'stderr' || text === 'progress'
}
