import { expect, it } from 'vitest'
import { parseBytes } from './bytes.ts'

it.each([
  ['1', 1],
  ['512MiB', 512 * 1024 ** 2],
  ['1.5 GiB', 1.5 * 1024 ** 3],
  ['2TiB', 2 * 1024 ** 4],
])('reads %s', (text, bytes) => expect(parseBytes(text)).toBe(bytes))

it.each(['', '0', '-1', '1GB', '4g', 'GiB', '1e3', '0.0001KiB', '99999999TiB', ' 1', '1\n'])(
  'refuses %j',
  (text) => expect(parseBytes(text)).toBeUndefined(),
)
