/** Characters in a row; `undefined` is any one character. */
type Run = readonly (string | undefined)[]

/** A pattern as `${name#pattern}` has it, split at each `*`, which is any text. */
export type ShellPattern = readonly Run[]

/** `?` is any character, and a backslash takes a meaning away. @returns `undefined` where the frontend refuses the pattern. */
export function parsePattern(text: string): ShellPattern | undefined {
  const runs: (string | undefined)[][] = [[]]
  const chars = Array.from(text)
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] ?? ''
    if (char === '*') runs.push([])
    else if (char === '?') runs.at(-1)?.push(undefined)
    else if (char !== '\\') runs.at(-1)?.push(char)
    else {
      at += 1
      const escaped = chars[at] ?? ''
      if (!/^[}/*?\\]$/.test(escaped)) return undefined
      runs.at(-1)?.push(escaped)
    }
  }
  return runs
}

/** `value` without its beginning that matches, the longest or the shortest one. */
export function trimStart(value: string, pattern: ShellPattern, longest: boolean): string {
  const chars = Array.from(value)
  return chars.slice(matchEnd(chars, 0, pattern, longest) ?? 0).join('')
}

/** `value` without its end that matches, the longest or the shortest one. */
export function trimEnd(value: string, pattern: ShellPattern, longest: boolean): string {
  const reversed = pattern.toReversed().map((run) => run.toReversed())
  const rest = trimStart(Array.from(value).toReversed().join(''), reversed, longest)
  return Array.from(rest).toReversed().join('')
}

/** `value` with what matches replaced, at the first place or at all of them, each time as much as matches there. */
export function replaceMatches(
  value: string,
  pattern: ShellPattern,
  replacement: string,
  all: boolean,
): string {
  const chars = Array.from(value)
  let out = ''
  for (let at = 0; ;) {
    const start = find(chars, pattern[0] ?? [], at)
    const end = start === undefined ? undefined : matchEnd(chars, start, pattern, true)
    if (start === undefined || end === undefined) return out + chars.slice(at).join('')
    out += chars.slice(at, start).join('') + replacement
    if (!all || end >= chars.length) return out + chars.slice(end).join('')
    // What matches nothing stands in front of each character.
    if (end === start) out += chars[end]
    at = end === start ? end + 1 : end
  }
}

/** Where a match that begins at `start` ends. Each run is looked for once only: no pattern makes this slow. */
function matchEnd(
  chars: readonly string[],
  start: number,
  [first = [], ...rest]: ShellPattern,
  longest: boolean,
): number | undefined {
  if (!fits(chars, first, start)) return undefined
  let end = start + first.length
  for (const [index, run] of rest.entries()) {
    const isLast = index === rest.length - 1
    const found = isLast && longest ? findLast(chars, run, end) : find(chars, run, end)
    if (found === undefined) return undefined
    end = found + run.length
  }
  return end
}

function find(chars: readonly string[], run: Run, from: number): number | undefined {
  for (let at = from; at + run.length <= chars.length; at += 1) if (fits(chars, run, at)) return at
  return undefined
}

function findLast(chars: readonly string[], run: Run, from: number): number | undefined {
  for (let at = chars.length - run.length; at >= from; at -= 1) if (fits(chars, run, at)) return at
  return undefined
}

function fits(chars: readonly string[], run: Run, at: number): boolean {
  return run.every((char, index) => {
    const there = chars[at + index]
    return there !== undefined && (char === undefined || char === there)
  })
}
