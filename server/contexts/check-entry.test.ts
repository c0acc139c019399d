import { expect, it } from 'vitest'
import { checkEntry } from './check-entry.ts'

const size = 0

it.each([
  { name: 'a/b.txt', size },
  { name: 'a/', type: 'directory', size },
  { name: 'a/link', type: 'symlink', linkname: '../b', size },
  // Resolved inside the image when it is copied, never on a machine of the farm.
  { name: 'link', type: 'symlink', linkname: '/etc/passwd', size },
] as const)('takes %j', (header) => expect(checkEntry(header)).toBeUndefined())

it.each([
  [{ name: '/etc/passwd', size }, 'absolute'],
  [{ name: 'a/../../x', size }, 'leaves the context'],
  [{ name: 'a/link', type: 'symlink', linkname: '../../x', size }, 'leads out'],
  [{ name: 'l', type: 'link', linkname: 'x', size }, 'is not taken'],
  [{ name: 'dev', type: 'character-device', size }, 'is not taken'],
  [{ name: 'x'.repeat(2000), size }, 'longer than'],
] as const)('refuses %j', (header, why) => expect(checkEntry(header)).toContain(why))
