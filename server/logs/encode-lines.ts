import { originRow } from '#contract/log-block.ts'
import type { LogLine } from '#contract/log.ts'

/** Lines as agents of the first protocol send them, as a block. A line stays one line, whatever is in it. */
export function encodeLines(lines: readonly LogLine[]): Buffer {
  let origin = ''
  const rows = lines.map(({ at, stage, step, stream, text }) => {
    const from = originRow({ at: Date.parse(at), stage, step, stream })
    const head = from === origin ? '' : from
    origin = from
    return `${head}=${text.replaceAll('\n', ' ')}\n`
  })
  return Buffer.from(rows.join(''))
}
