import { expect, it } from 'vitest'
import { goFileMode, isDevice, isFolder, isRegular, isSymlink } from './file-mode.ts'

it.each([
  ['a file', 0o100644, 0o644],
  ['a folder', 0o040755, 0x8000_01ed],
  ['a folder with the sticky bit', 0o041777, 0x8010_01ff],
  ['a symbolic link', 0o120777, 0x0800_01ff],
  ['setuid', 0o104755, 0x0080_01ed],
  ['setgid', 0o102711, 0x0040_01c9],
  ['a pipe', 0o010644, 0x0200_01a4],
  ['a character device', 0o020666, 0x0420_01b6],
  ['a block device', 0o060660, 0x0400_01b0],
  ['a socket', 0o140777, undefined],
])('%s as Go writes it', (_, mode, expected) => expect(goFileMode(mode)).toBe(expected))

it('tells kinds apart', () => {
  const kinds = [0o100644, 0o040755, 0o120777, 0o020666, 0o010644].map((mode) => {
    const go = goFileMode(mode) ?? 0
    return [isRegular(go), isFolder(go), isSymlink(go), isDevice(go)].indexOf(true)
  })
  expect(kinds).toEqual([0, 1, 2, 3, -1])
})
