import { displayLine } from '#contract/display-line.ts'
import { formatPosition, type LogLine } from '#contract/log.ts'
import type { StoredLine } from './read-lines.ts'

export interface LogSearch {
  /** What to look for, letter by letter. No pattern of the user's: only so the time stays linear whatever is asked. */
  readonly text: string
  readonly ignoreCase: boolean
  readonly stage: LogLine['stage'] | undefined
  readonly limit: number
}

export interface LogMatch {
  readonly attempt: number
  readonly line: number
  readonly stage: LogLine['stage']
  readonly step: number
  readonly stream: LogLine['stream']
  readonly at: string
  /** The part of the line around what was found, safe to show. */
  readonly text: string
  /** Where in `text` it stands, in UTF-16 units. */
  readonly from: number
  readonly to: number
}

export interface LogMatches {
  readonly matches: readonly LogMatch[]
  /** Where to go on; absent when the log was read to its present end. It may follow an empty page of a long log. */
  readonly next_cursor?: string
}

/** How much of a log one request reads. */
const budgetCharacters = 64 * 1024 * 1024
const aroundCharacters = 256

/** Looks through lines as they are shown, until enough is found or enough was read. */
export async function searchLines(
  lines: AsyncIterable<StoredLine>,
  search: LogSearch,
): Promise<LogMatches> {
  const wanted = new RegExp(escapePattern(search.text), search.ignoreCase ? 'iu' : 'u')
  const matches: LogMatch[] = []
  let read = 0
  for await (const line of lines) {
    read += line.text.length
    if (search.stage === undefined || line.origin.stage === search.stage) {
      const shown = displayLine(line.text, { colours: false })
      const found = wanted.exec(shown)
      if (found !== null) matches.push(describe(line, shown, found))
    }
    if (matches.length >= search.limit || read > budgetCharacters) {
      return { matches, next_cursor: formatPosition(line) }
    }
  }
  return { matches }
}

function describe(line: StoredLine, shown: string, found: RegExpExecArray): LogMatch {
  const { attempt, line: number, origin } = line
  const { at, stage, step, stream } = origin
  const begin = Math.max(0, found.index - aroundCharacters)
  const end = found.index + found[0].length
  return {
    attempt,
    line: number,
    stage,
    step,
    stream,
    at: new Date(at).toISOString(),
    text: shown.slice(begin, end + aroundCharacters).toWellFormed(),
    from: found.index - begin,
    to: end - begin,
  }
}

function escapePattern(text: string): string {
  return text.toWellFormed().replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`)
}
