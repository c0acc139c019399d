import { describe, expect, it } from 'vitest'
import { checkEntry, cleanPath } from './check-entry.ts'

const entry = { kind: 'file', target: '' } as const

describe('checkEntry', () => {
  it.each([
    { ...entry, path: 'a/b.txt' },
    { ...entry, path: 'a/grün 二.txt' },
    { ...entry, path: '', kind: 'directory' },
    { ...entry, path: 'a/link', kind: 'symlink', target: '../b' },
    // Resolved inside the image when it is copied, never on a machine of the farm.
    { ...entry, path: 'link', kind: 'symlink', target: '/etc/passwd' },
    { ...entry, path: 'a/same', kind: 'hardlink', target: 'b' },
  ] as const)('takes %j', (taken) => expect(checkEntry(taken)).toBeUndefined())

  it.each([
    [{ ...entry, path: '' }, 'must be a folder'],
    [{ ...entry, path: '/etc/passwd' }, 'absolute'],
    [{ ...entry, path: 'a/../b' }, '".."'],
    [{ ...entry, path: 'a\nb' }, 'control character'],
    [{ ...entry, path: 'a\u009bb' }, 'control character'],
    [{ ...entry, path: 'a\uFFFDb' }, 'not UTF-8'],
    [{ ...entry, path: 'ü'.repeat(128) }, 'longer than 255 bytes'],
    [{ ...entry, path: 'x'.repeat(200).concat('/').repeat(6) }, 'longer than 1024 bytes'],
    [{ ...entry, path: Array.from({ length: 129 }, () => 'x').join('/') }, 'deeper than 128'],
    [{ ...entry, path: 'l', kind: 'symlink' }, 'points to nothing'],
    [{ ...entry, path: 'a/l', kind: 'symlink', target: '../../x' }, 'leads out'],
    [{ ...entry, path: 'l', kind: 'symlink', target: 'x\u0000' }, 'control character'],
  ] as const)('refuses %j', (refused, why) => expect(checkEntry(refused)).toContain(why))
})

describe('cleanPath', () => {
  it.each([
    ['./a//b/./c/', 'a/b/c'],
    ['./', ''],
    ['/a', '/a'],
    ['a/../b', 'a/../b'],
  ])('%s is %s', (path, clean) => expect(cleanPath(path)).toBe(clean))
})
