import { stripAnsi } from './strip-ansi.ts'

/** What an environment has printed, of which pieces come that end anywhere. */
export interface LogText {
  /** Lines that are whole, as they are read. */
  readonly lines: string
  /** The line that is not, as it was printed: what comes next may belong to a sequence that it ends with. */
  readonly open: string
}

export const noLogText: LogText = { lines: '', open: '' }

/** A sequence for terminals whose end has yet to come. */
// eslint-disable-next-line no-control-regex
const unfinished = /\u001b(?:\[[0-?]*[ -/]*|\][^\u0007\u001b]*\u001b?)?$/

/** A line that never ends is taken for whole at some point. */
const maxOpen = 64 * 1024

/** With the next piece; of more than `most` characters the last. Pure. */
export function addPiece({ lines, open }: LogText, piece: string, most: number): LogText {
  const text = open + piece
  const rest = text.length - (text.lastIndexOf('\n') + 1)
  const whole = rest > maxOpen ? text.length : text.length - rest
  const all = lines + stripAnsi(text.slice(0, whole))
  return { lines: all.slice(-most), open: text.slice(whole) }
}

/** All of it, as it is read now; a line that is written over and over shows its last state. Pure. */
export function showLogText({ lines, open }: LogText): string {
  return lines + stripAnsi(open.replace(unfinished, '').replace(/\r+$/, ''))
}
