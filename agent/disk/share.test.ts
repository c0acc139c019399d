import { expect, it } from 'vitest'
import { bytesOfShare, parseShare } from './share.ts'

it.each([
  ['5%', 50],
  ['0%', 0],
  ['100%', 1000],
  ['2KiB', 2048],
])('%s of 1000 bytes are %i', (text, bytes) => {
  const share = parseShare(text)
  expect(share && bytesOfShare(share, 1000)).toBe(bytes)
})

it.each(['', '5', '101%', '-1%', '1.5%', '% 5', 'all'])('%j is no share', (text) => {
  // A number alone is bytes.
  expect(parseShare(text)).toEqual(text === '5' ? { bytes: 5 } : undefined)
})
