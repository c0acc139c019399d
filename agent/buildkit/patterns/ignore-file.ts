import { posix } from 'node:path'
import { parsePatterns, type PatternList } from './patterns.ts'

/**
 * Reads a .dockerignore as BuildKit does: a line that begins with "#" is a comment, and "/a" and "a" mean the same.
 * @returns `undefined` when it excludes nothing. @throws Error that names a pattern which is not one.
 */
export function parseIgnoreFile(text: string): PatternList | undefined {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  return parsePatterns(lines.filter((line) => !line.startsWith('#')).map(cleanLine))
}

function cleanLine(line: string): string {
  const text = line.trim()
  const isException = text.startsWith('!')
  const pattern = isException ? text.slice(1).trim() : text
  const clean = pattern === '' ? '' : posix.normalize(pattern).replace(/^\/(?=.)/, '')
  return isException ? `!${clean}` : clean
}
