import { expect, it } from 'vitest'
import { mayReadGit } from './git.ts'

it.each([
  ['https://github.example/a/b.git', true],
  ['https://github.example:443/a/b.git', true],
  ['https://github.example:8443/a/b.git', false],
  ['http://github.example/a/b.git', false],
  ['https://localhost/b.git', false],
  ['https://127.0.0.1/b.git', false],
  ['https://2130706433/b.git', false],
  ['https://intranet/b.git', true],
  ['http://intranet/b.git', true],
  ['https://git.example:8443/b.git', true],
  ['https://git.example:9443/b.git', false],
  ['http://10.0.0.1:3000/b.git', true],
  ['http://10.0.0.1/b.git', false],
])('%s: %s', (address, expected) =>
  expect(mayReadGit(address, ['intranet', 'git.example:8443', '10.0.0.1:3000'])).toBe(expected),
)
