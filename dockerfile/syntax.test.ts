import { expect, it } from 'vitest'
import { readSyntax } from './syntax.ts'

it.each([
  ['# syntax=docker/dockerfile:1\nFROM a\n', 'docker/dockerfile:1'],
  ['#Syntax = x/y\nFROM a\n', 'x/y'],
  ['FROM a\n# syntax=late\n', undefined],
  ['# a comment\nFROM a\n', undefined],
])('reads %j', (text, expected) => expect(readSyntax(text)).toBe(expected))
