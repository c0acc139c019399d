import { expect, it } from 'vitest'
import { addPiece, noLogText, showLogText } from './log-text.ts'

/** What can be read after each piece. */
function readAll(pieces: readonly string[], most = 1_000): readonly string[] {
  let text = noLogText
  return pieces.map((piece) => {
    text = addPiece(text, piece, most)
    return showLogText(text)
  })
}

it.each([
  ['a colour', ['\u001b[1;3', '2mgreen\u001b', '[0m text\n'], ['', 'green', 'green text\n']],
  ['a title', ['\u001b]0;ti', 'tle\u0007$ '], ['', '$ ']],
  ['an end of a line', ['one\r', '\ntwo'], ['one', 'one\ntwo']],
  ['a line that is written over', ['10 %\r', '100', ' %\n'], ['10 %', '100', '100 %\n']],
])('keeps %s together that comes in two pieces', (_, pieces, read) => {
  expect(readAll(pieces)).toEqual(read)
})

it('keeps the last of a long text, and takes a line without an end for whole', () => {
  expect(readAll(['first\n', 'second\n', 'third\n'], 8).at(-1)).toBe('d\nthird\n')
  const [endless] = readAll(['x'.repeat(70_000)])
  expect(endless).toHaveLength(1_000)
})
