import { setImmediate as nextTurn } from 'node:timers/promises'
import { type LineOrigin, readBlock } from '#contract/log-block.ts'
import type { LogPosition } from '#contract/log.ts'
import type { LogStore } from './store.ts'

/** A line of a build's log; its position is the one after it, as in `Last-Event-ID`. */
export interface StoredLine extends LogPosition {
  readonly origin: LineOrigin
  /** The line before was longer than a line may be and goes on here. */
  readonly continued: boolean
  readonly text: string
}

/**
 * What is stored of a build's log after `from`, to the end of the attempt `last`. One block is held at a time, and
 * after each other requests have their turn.
 */
export async function* readLines(
  logs: Pick<LogStore, 'read'>,
  buildId: string,
  from: LogPosition,
  last: number,
): AsyncGenerator<StoredLine> {
  let { attempt, line } = from
  while (attempt <= last) {
    const block = await logs.read({ buildId, attempt }, line)
    if (block === undefined) {
      attempt += 1
      line = 0
      continue
    }
    const { bytes, start } = block
    let number = start
    for (const { origin, continued, from: begin, to } of readBlock(bytes)) {
      number += 1
      if (number <= line) continue
      const text = bytes.toString('utf8', begin, to)
      yield { attempt, line: number, origin, continued, text }
    }
    line = start + block.lines
    await nextTurn()
  }
}
