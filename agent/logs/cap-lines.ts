import type { LogLine } from '#contract/log.ts'

/** What a line costs besides its text, so that a flood of empty lines ends as well. */
const lineCost = 64

/**
 * Passes lines on until the output of the stage has cost `maxCharacters`; then one line says so, and only what the
 * builder itself tells still passes.
 */
export function capLines(
  push: (line: LogLine) => void,
  maxCharacters: number,
): (line: LogLine) => void {
  let characters = 0
  return (line) => {
    if (line.stream === 'progress') return push(line)
    const before = characters
    characters += line.text.length + lineCost
    if (characters <= maxCharacters) return push(line)
    if (before > maxCharacters) return
    const text = '[the output is too long: the rest of it is not kept]'
    push({ ...line, stream: 'progress', text })
  }
}
