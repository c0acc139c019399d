import { describe, expect, it } from 'vitest'
import { type FolderMatch, parsePatterns, type PatternList } from './patterns.ts'

/** As a walk asks: folder by folder from the top. */
function isTaken(list: PatternList, path: string): boolean {
  const parts = path.split('/')
  let above: FolderMatch | undefined
  for (const at of parts.keys()) {
    if (at > 0) above = list.matchFolder(parts.slice(0, at).join('/'), above)
  }
  return list.matches(path, above)
}

const parse = (...patterns: readonly string[]) => {
  const list = parsePatterns(patterns)
  if (list === undefined) throw new Error('the list is empty')
  return list
}

/** What moby/patternmatcher v0.6.1 answers. */
describe('a list of patterns', () => {
  it.each([
    [['a'], ['a', 'a/b', 'a/b/c'], ['ab', 'b/a']],
    [['a/b'], ['a/b', 'a/b/c'], ['a', 'a/bc']],
    [['*'], ['a', 'a/b', '.hidden'], []],
    [['*/b'], ['a/b', 'a/b/c'], ['b', 'a/c/b']],
    [['a?c'], ['abc', 'aéc', 'a😀c'], ['ac', 'a/c', 'abbc']],
    [['**'], ['a', 'a/b/c'], []],
    [['**/b'], ['b', 'a/b', 'a/c/b/d'], ['ab', 'a/bc']],
    [['**.go'], ['a.go', 'a/b.go', '.go'], ['a.gox']],
    [['a/**'], ['a/b', 'a/b/c'], ['a', 'ab']],
    [['a/**/b'], ['a/b', 'a/c/b', 'a/c/d/b'], ['ab', 'a/cb']],
    [
      ['**/a/**/*.o', '*x*y*z*'],
      ['a/b.o', 'c/a/b/c/d.o', 'xyz', '1x2y3z4/a'],
      ['b/c.o', 'xzy', 'x/y/z'],
    ],
    [['**/[ab]?/*/**'], ['a1/b/c', 'x/y/b2/c/d/e'], ['c1/b/c', 'a1/b']],
    [['a**b'], ['ab', 'axx/b'], ['axb']],
    [['**/*.o', 'x'], ['a.o', 'a/b/c.o', 'x/y'], ['a.c']],
    [
      ['[a-c]x', '[^a]y'],
      ['ax', 'cx', 'by'],
      ['dx', 'ay', 'y'],
    ],
    [
      ['\\*', 'a\\[b'],
      ['*', 'a[b'],
      ['x', 'a\\[b'],
    ],
    [['a.b+c(d)$|{e}'], ['a.b+c(d)$|{e}'], ['aXb+c(d)$|{e}']],
    [
      ['a, b', 'c,d'],
      ['a, b', 'c,d'],
      ['a', 'b', 'c', 'd'],
    ],
    [
      ['./a/', ' b ', 'c//d', 'e/../f'],
      ['a', 'b', 'c/d', 'f'],
      ['e', 'c'],
    ],
    [
      ['*', '!a'],
      ['b', 'b/a'],
      ['a', 'a/b'],
    ],
    [
      ['a', '!a/b', 'a/b/c'],
      ['a', 'a/x', 'a/b/c'],
      ['a/b', 'a/b/d'],
    ],
    [['!a', 'a'], ['a'], ['b']],
    [
      ['**/*.md', '!README.md', '!doc/**'],
      ['a.md', 'x/README.md'],
      ['README.md', 'doc/a.md'],
    ],
    [['*', '!d/f', 'd'], ['d', 'd/g'], ['d/f']],
  ] as const)('%j', (patterns, taken, left) => {
    const list = parse(...patterns)
    expect(taken.filter((path) => !isTaken(list, path))).toEqual([])
    expect(left.filter((path) => isTaken(list, path))).toEqual([])
  })

  it.each(['[', '[]', '[a', '[a-]', 'a\\', '[b-a]', '!'])('refuses %s by name', (pattern) => {
    expect(() => parsePatterns(['ok', pattern])).toThrow(`"${pattern}" is not a pattern`)
  })

  it('is none when nothing is in it', () => {
    expect(parsePatterns(['', '  '])).toBeUndefined()
  })

  it('tells which folders need not be entered', () => {
    const list = parse('src/app/*.ts', 'lib', '!out/keep/me')
    expect(list.mayMatchBelow('src')).toBe(true)
    expect(list.mayMatchBelow('src/app/deep')).toBe(true)
    expect(list.mayMatchBelow('src/other')).toBe(false)
    expect(list.mayMatchBelow('source')).toBe(false)
    expect(list.mayExceptBelow('out/keep')).toBe(true)
    expect(list.mayExceptBelow('src')).toBe(false)
    expect(parse('**/x').mayMatchBelow('anything')).toBe(true)
  })
})

it('ends soon whatever the patterns are', () => {
  const list = parse(`${'**/*a'.repeat(40)}b`, `${'*a'.repeat(100)}b`, `${'[a-b]*'.repeat(50)}c`)
  expect(isTaken(list, 'a'.repeat(255))).toBe(false)
  expect(isTaken(list, 'a/'.repeat(120))).toBe(false)
})
