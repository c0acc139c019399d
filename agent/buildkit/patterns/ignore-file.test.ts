import { expect, it } from 'vitest'
import { parseIgnoreFile } from './ignore-file.ts'

const ignores = (text: string, path: string) =>
  parseIgnoreFile(text)?.matches(path, undefined) === true

it.each([
  ['\uFEFFa', 'a'],
  ['/a', 'a'],
  [' ./a/ \r\n', 'a'],
  [' #a', '#a'],
  ['*\n! /a\n!b', 'c'],
  ['c++', 'c++'],
])('%j ignores %s', (text, path) => expect(ignores(text, path)).toBe(true))

it.each([
  ['', 'a'],
  ['#a', '#a'],
  ['*\n! /a\n!b', 'a'],
  ['*\n! /a\n!b', 'b'],
  ['c++', 'ccc'],
])('%j does not ignore %s', (text, path) => expect(ignores(text, path)).toBe(false))

it.each(['!', 'a\n[b', '\\'])('%j is no ignore file', (text) => {
  expect(() => parseIgnoreFile(text)).toThrow('is not a pattern')
})
