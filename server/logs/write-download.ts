import { displayLine } from '#contract/display-line.ts'
import type { StoredLine } from './read-lines.ts'

const pieceCharacters = 64 * 1024

/** The log as a text file: a heading for each attempt, one row a line. With `raw` lines are as the build wrote them. */
export async function* writeDownload(
  lines: AsyncIterable<StoredLine>,
  { raw }: { readonly raw: boolean },
): AsyncGenerator<string> {
  let piece = ''
  let attempt = 0
  for await (const line of lines) {
    const isFirst = attempt === 0
    if (line.attempt !== attempt) {
      attempt = line.attempt
      piece += `${isFirst ? '' : '\n'}# attempt ${attempt}`
    }
    // A line that was split because of its length is one row again.
    if (!line.continued) piece += '\n'
    piece += raw ? line.text : displayLine(line.text, { colours: false })
    if (piece.length > pieceCharacters) {
      yield piece
      piece = ''
    }
  }
  if (attempt > 0) piece += '\n'
  if (piece !== '') yield piece
}
