import { type ParseToken, parseAnsiSequences } from 'ansi-sequence-parser'
import { displayLine } from '#contract/display-line.ts'

/** A part of a line that looks alike throughout. */
export interface Span {
  readonly text: string
  /** Classes of `log.css`; empty for most. */
  readonly look: string
  /** Only for colours that have no name. */
  readonly colour: string | undefined
}

const looks = ['bold', 'dim', 'italic', 'underline'] as const

/** A line of a log, which strangers have written, as text with colours and nothing else. Pure. */
export function colourLine(text: string): readonly Span[] {
  const safe = displayLine(text, { colours: true })
  if (!safe.includes('\u001B')) return [{ text: safe, look: '', colour: undefined }]
  return parseAnsiSequences(safe)
    .filter(({ value }) => value !== '')
    .map(toSpan)
}

function toSpan({ value, foreground, decorations }: ParseToken): Span {
  const named = foreground?.type === 'named' ? [`ansi-${foreground.name}`] : []
  const drawn = looks.filter((one) => decorations.has(one)).map((one) => `ansi-${one}`)
  return {
    text: value,
    look: [...named, ...drawn].join(' '),
    colour: foreground?.type === 'rgb' ? `rgb(${foreground.rgb.join(' ')})` : undefined,
  }
}
