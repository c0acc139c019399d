import { styleText } from 'node:util'
import type { Output, Streams } from '../streams.ts'

export type Style = Parameters<typeof styleText>[0]

export interface Printer {
  /** Colours a text for the stream of what is told, where that is a terminal that shows them. */
  readonly paint: (style: Style, text: string) => string
  /** What a command answers: a document for programs, or lines for people. */
  readonly answer: (document: unknown, lines: () => readonly string[]) => void
  /** One of many documents, or the lines for it. */
  readonly answerEach: (document: unknown, lines: () => readonly string[]) => void
  /** What is told meanwhile. It never stands among what is answered. */
  readonly tell: (...lines: readonly string[]) => void
}

function write(to: Output, lines: readonly string[]): void {
  if (lines.length > 0) to.write(`${lines.join('\n')}\n`)
}

export function createPrinter(
  { out, err }: Pick<Streams, 'out' | 'err'>,
  { json, colours }: { readonly json: boolean; readonly colours: boolean },
): Printer {
  const answer =
    (indent: number | undefined): Printer['answer'] =>
    (document, lines) =>
      write(out, json ? [JSON.stringify(document, undefined, indent)] : lines())
  return {
    paint: (style, text) =>
      colours && err.isTTY === true ? styleText(style, text, { validateStream: false }) : text,
    answer: answer(2),
    answerEach: answer(undefined),
    tell: (...lines) => write(err, lines),
  }
}
