import { describe, expect, it } from 'vitest'
import { countLines, maxLineBytes, originRow, readBlock } from './log-block.ts'

const origin = { at: 1_767_225_600_000, stage: 'building', step: 2, stream: 'stdout' } as const
const bytes = (text: string) => new TextEncoder().encode(text)

describe('a block', () => {
  it('is read back as it was written, with every byte of a line', () => {
    const other = { ...origin, step: 3, stream: 'stderr' } as const
    const block = bytes(`${originRow(origin)}=a\n=\n+@=\u0000\u001b\r\n${originRow(other)}=grün\n`)
    const lines = [...readBlock(block)].map(({ from, to, ...line }) => ({
      ...line,
      text: new TextDecoder().decode(block.subarray(from, to)),
    }))
    expect(lines).toEqual([
      { origin, continued: false, text: 'a' },
      { origin, continued: false, text: '' },
      { origin, continued: true, text: '@=\u0000\u001b\r' },
      { origin: other, continued: false, text: 'grün' },
    ])
    expect(countLines(block)).toBe(4)
  })

  it.each([
    ['does not begin with an origin', '=a\n'],
    ['does not end with a line feed', `${originRow(origin)}=a`],
    ['has a row of another kind', `${originRow(origin)}a\n`],
    ['has an empty row', `${originRow(origin)}\n`],
    ['has an origin of a foreign stage', '@1 queued 1 stdout\n=a\n'],
    ['has an origin of a foreign stream', '@1 building 1 stdin\n=a\n'],
    ['has an origin without a step', '@1 building x stdout\n=a\n'],
    ['has an origin that is too long', `@1 building 1 stdout${' '.repeat(100)}\n=a\n`],
  ])('is refused when it %s', (_, text) => {
    expect(() => countLines(bytes(text))).toThrow(RangeError)
    expect(() => [...readBlock(bytes(text))]).toThrow(RangeError)
  })

  it('is refused when a line is longer than one may be', () => {
    const line = (length: number) => bytes(`${originRow(origin)}=${'x'.repeat(length)}\n`)
    expect(countLines(line(maxLineBytes))).toBe(1)
    expect(() => countLines(line(maxLineBytes + 1))).toThrow('too long')
  })
})
