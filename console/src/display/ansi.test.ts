import { expect, it } from 'vitest'
import { colourLine } from './ansi.ts'

const plain = (text: string) => ({ text, look: '', colour: undefined })

it('leaves a line without colours whole', () => {
  expect(colourLine('hello <b>you</b>')).toEqual([plain('hello <b>you</b>')])
})

it('keeps colours and how strong they are', () => {
  expect(colourLine('\u001B[1;31merror\u001B[0m: no')).toEqual([
    { text: 'error', look: 'ansi-red ansi-bold', colour: undefined },
    plain(': no'),
  ])
})

it('obeys nothing else that is written there', () => {
  const spans = colourLine('a\u001B]8;;https://evil\u0007link\u001B]8;;\u0007\u001B[2J\u001B[32mb')
  expect(spans.map(({ text }) => text).join('')).toBe('alinkb')
  expect(spans.map(({ look }) => look)).toEqual(['', 'ansi-green'])
})
