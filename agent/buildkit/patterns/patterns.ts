import { posix } from 'node:path'
import { createGlob } from './glob.ts'

/** What a folder matched: whether the whole list takes it, and which single patterns match it or a folder above. */
export interface FolderMatch {
  readonly matched: boolean
  readonly each: Uint8Array
}

/** Patterns of a .dockerignore or of a COPY, as BuildKit reads them: later ones win, `!` makes an exception. */
export interface PatternList {
  /** @param path without a slash at either end. @param above what its folder matched; `undefined` at the top. */
  matches(path: string, above: FolderMatch | undefined): boolean
  matchFolder(path: string, above: FolderMatch | undefined): FolderMatch
  /** Whether something in the folder may match although the folder does not; `false` allows to leave it out whole. */
  mayMatchBelow(folder: string): boolean
  /** Whether something in the folder may be an exception to it; `false` allows to leave it out whole. */
  mayExceptBelow(folder: string): boolean
}

interface Pattern {
  readonly isException: boolean
  /** The folders at its beginning that are written out: outside of them it matches nothing. */
  readonly base: string
  readonly matches: (path: string) => boolean
}

const wildcard = /[*?[\]\\]/

/** @returns `undefined` for an empty list. @throws Error that names a pattern which is not one. */
export function parsePatterns(texts: readonly string[]): PatternList | undefined {
  const patterns = texts.map((text) => text.trim()).filter((text) => text !== '')
  return patterns.length === 0 ? undefined : createList(patterns.map(parsePattern))
}

function createList(patterns: readonly Pattern[]): PatternList {
  const ordinary = patterns.filter(({ isException }) => !isException)
  const exceptions = patterns.filter(({ isException }) => isException)
  const evaluate = (path: string, above: FolderMatch | undefined, each?: Uint8Array): boolean => {
    let matched = false
    for (const [index, pattern] of patterns.entries()) {
      const isKnown = above?.each[index] === 1
      // A pattern that would change nothing is not tried, and below it does not count as matched: so BuildKit does it.
      if (!isKnown && (pattern.isException !== matched || !pattern.matches(path))) continue
      if (each !== undefined) each[index] = 1
      matched = !pattern.isException
    }
    return matched
  }
  return {
    matches: (path, above) =>
      exceptions.length === 0 && above?.matched === true ? true : evaluate(path, above),
    matchFolder: (path, above) => {
      const each = new Uint8Array(patterns.length)
      return { matched: evaluate(path, above, each), each }
    },
    mayMatchBelow: (folder) => ordinary.some(({ base }) => overlaps(base, folder)),
    mayExceptBelow: (folder) => exceptions.some(({ base }) => overlaps(base, folder)),
  }
}

function overlaps(base: string, folder: string): boolean {
  return base === '' || `${base}/`.startsWith(`${folder}/`) || `${folder}/`.startsWith(`${base}/`)
}

function parsePattern(text: string): Pattern {
  const clean = posix.normalize(text).replace(/(?<=.)\/$/, '')
  const isException = clean.startsWith('!')
  const glob = isException ? clean.slice(1) : clean
  if (glob === '') throw new Error(`"${text}" is not a pattern`)
  const parts = glob.split('/')
  const fixed = parts.findIndex((part) => wildcard.test(part))
  const base = fixed === -1 ? glob : parts.slice(0, fixed).join('/')
  return { isException, base, matches: createMatcher(glob) }
}

/** The forms that need no regular expression come first: they are the usual ones and ten times as fast. */
function createMatcher(glob: string): Pattern['matches'] {
  if (!wildcard.test(glob)) return (path) => path === glob
  const prefix = /^([^*?[\]\\]+)\*\*$/.exec(glob)?.[1]
  if (prefix !== undefined) return (path) => path.startsWith(prefix)
  const suffix = /^\*\*([^*?[\]\\]*)$/.exec(glob)?.[1]
  if (suffix !== undefined) {
    const whole = suffix.startsWith('/') ? suffix.slice(1) : undefined
    return (path) => path.endsWith(suffix) || path === whole
  }
  return createGlob(glob)
}
