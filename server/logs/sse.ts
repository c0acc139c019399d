import { readBlock } from '#contract/log-block.ts'
import { formatPosition } from '#contract/log.ts'
import type { Block } from './block-cache.ts'

/** What a reader gets who waits, so that neither takes the other for gone. */
export const stillHere = ': still here\n\n'

export const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  // Said here, so that the HTTP server sends the head at once instead of waiting for a body.
  'transfer-encoding': 'chunked',
}

/** Lines in one piece of a stream: what a reader that does not read may make the server hold. */
const pieceCharacters = 64 * 1024

/** One server-sent event. JSON has no line ends of its own, so the data is one line. */
export function writeEvent(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

/** The lines of a block from number `from` on as events, some of them in each piece. */
export function* writeLines(attempt: number, block: Block, from: number): Generator<string> {
  const { bytes, start } = block
  let line = start
  let piece = ''
  let origin: object | undefined
  let common = ''
  for (const row of readBlock(bytes)) {
    line += 1
    if (line <= from) continue
    if (row.origin !== origin) {
      const { at, stage, step, stream } = row.origin
      origin = row.origin
      common = `"at":"${new Date(at).toISOString()}","stage":"${stage}","step":${step},"stream":"${stream}"`
    }
    const text = JSON.stringify(bytes.toString('utf8', row.from, row.to))
    const continued = row.continued ? ',"continued":true' : ''
    const id = formatPosition({ attempt, line })
    piece += `event: log\ndata: {"attempt":${attempt},"line":${line},${common},"text":${text}${continued}}\nid: ${id}\n\n`
    if (piece.length > pieceCharacters) {
      yield piece
      piece = ''
    }
  }
  if (piece !== '') yield piece
}
