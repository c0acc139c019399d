import { expect, it } from 'vitest'
import { stripAnsi } from './strip-ansi.ts'

it.each([
  ['\u001b[1;32mgreen\u001b[0m text', 'green text'],
  ['\u001b]0;title\u0007shell$ ', 'shell$ '],
  ['one\r\ntwo', 'one\ntwo'],
  ['10 %\r100 %\n', '100 %\n'],
  ['a\n10 %\r50 %\r100 %\nb', 'a\n100 %\nb'],
])('of %j only %j can be read', (text, left) => {
  expect(stripAnsi(text)).toBe(left)
})
