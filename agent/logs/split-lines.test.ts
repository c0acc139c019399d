import { expect, it } from 'vitest'
import { maxLineLength } from '#contract/wire/log.ts'
import { createLineSplitter } from './split-lines.ts'

it('joins lines that were cut anywhere, also within a character', () => {
  const bytes = Buffer.from('grün\r\n二\nrest')
  const splitter = createLineSplitter()
  const lines = [...bytes].flatMap((_, at) => splitter.write(bytes.subarray(at, at + 1)))
  expect([...lines, ...splitter.end()]).toEqual(['grün', '二', 'rest'])
})

it('keeps empty lines and adds none at the end', () => {
  const splitter = createLineSplitter()
  expect(splitter.write(Buffer.from('a\n\nb\n'))).toEqual(['a', '', 'b'])
  expect(splitter.end()).toEqual([])
})

it('splits lines over the limit without losing anything', () => {
  const splitter = createLineSplitter()
  const text = 'x'.repeat(maxLineLength * 2 + 5)
  const lines = [
    ...splitter.write(Buffer.from(text)),
    ...splitter.write(Buffer.from('\n')),
    ...splitter.end(),
  ]
  expect(lines.join('')).toBe(text)
  expect(lines.every((line) => line.length <= maxLineLength)).toBe(true)
})
