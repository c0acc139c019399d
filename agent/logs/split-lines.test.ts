import { describe, expect, it } from 'vitest'
import { maxLineBytes } from '#contract/log-block.ts'
import { createLineSplitter } from './split-lines.ts'

function collect(take = Number.POSITIVE_INFINITY) {
  const lines: { text: string; continued: boolean }[] = []
  const splitter = createLineSplitter((line, continued) => {
    if (lines.length >= take) return false
    lines.push({ text: Buffer.from(line).toString('latin1'), continued })
    return true
  })
  return { lines, splitter, texts: () => lines.map(({ text }) => text) }
}

describe('lines', () => {
  it('are joined byte for byte wherever they were cut', () => {
    const bytes = Buffer.from('grün\r\n\n\x00\xff\x1b[1m\n二\nre\rst', 'latin1')
    for (const size of [1, 2, 3, 7, 100]) {
      const { splitter, texts } = collect()
      for (let at = 0; at < bytes.length; at += size) splitter.write(bytes.subarray(at, at + size))
      splitter.end()
      const expected = 'grün\n\n\x00\xff\x1b[1m\n二\nre\rst'
      expect(texts().join('\n')).toBe(Buffer.from(expected, 'latin1').toString('latin1'))
    }
  })

  it('are none at the end of output that ends with one', () => {
    const { splitter, texts } = collect()
    splitter.write(Buffer.from('a\n\nb\n'))
    splitter.end()
    expect(texts()).toEqual(['a', '', 'b'])
  })

  it.each([32 * 1024, 1024 * 1024, 100 * 1024 * 1024])(
    'of 100 MB are cut into parts that say so, also in writes of %i bytes',
    (size) => {
      const total = 100 * 1024 * 1024
      const parts: number[] = []
      const splitter = createLineSplitter((line, continued) => {
        expect(continued).toBe(parts.length > 0 && line.length > 1)
        parts.push(line.length)
        return true
      })
      for (let at = 0; at < total; at += size) splitter.write(Buffer.alloc(size, 'x'))
      splitter.write(Buffer.from('\ny\n'))
      expect(parts.pop()).toBe(1)
      expect(parts).toEqual(Array.from({ length: total / maxLineBytes }, () => maxLineBytes))
    },
  )

  it('are cut between characters', () => {
    const { splitter, lines } = collect()
    const text = `x${'€'.repeat(maxLineBytes / 2)}`
    splitter.write(Buffer.from(`${text}\n`))
    const parts = lines.map(({ text: part }) => Buffer.from(part, 'latin1').toString('utf8'))
    expect(parts.join('')).toBe(text)
    expect(parts.join('')).not.toContain('\ufffd')
    expect(lines.map(({ continued }) => continued)).toEqual([false, true])
  })

  it('are no longer taken once the reader wants no more, and it is said how far it got', () => {
    const { splitter, texts } = collect(2)
    expect(splitter.write(Buffer.from('a\nb\nc\nd\n'))).toBe(6)
    expect(texts()).toEqual(['a', 'b'])
  })
})
