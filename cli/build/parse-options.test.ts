import { describe, expect, it } from 'vitest'
import {
  parseAssignments,
  parseContextPlace,
  parseNamedContext,
  parseSecret,
} from './parse-options.ts'

describe('parseAssignments', () => {
  const variable = (name: string) => (name === 'SET' ? 'from outside' : undefined)

  it('takes values as they are, and those of variables by their name', () => {
    expect(
      parseAssignments('--build-arg', ['A=1', 'B=x=y', 'C=', 'SET', 'UNSET'], variable),
    ).toEqual({ A: '1', B: 'x=y', C: '', SET: 'from outside' })
  })

  it('names what is none', () => {
    expect(() => parseAssignments('--label', ['=1'], variable)).toThrow('--label =1')
  })
})

describe('parseSecret', () => {
  it.each([
    ['id=a,src=/x', { id: 'a', from: 'file', path: '/x' }],
    ['type=file,id=a,source=b=c', { id: 'a', from: 'file', path: 'b=c' }],
    ['id=a,env=TOKEN', { id: 'a', from: 'variable', name: 'TOKEN' }],
    ['id=TOKEN', { id: 'TOKEN', from: 'variable', name: 'TOKEN' }],
    ['id=a,secret=stored', { id: 'a', from: 'project', name: 'stored' }],
  ])('reads %s', (text, source) => expect(parseSecret(text)).toEqual(source))

  it.each(['', 'src=/x', 'id=a,src=', 'id=a,src=x,env=y', 'id=a,type=ssh,src=x'])(
    'refuses "%s"',
    (text) => expect(() => parseSecret(text)).toThrow('--secret'),
  )
})

it.each([
  ['.', { kind: 'folder', path: '.' }],
  ['https://h/a.git', { kind: 'git', source: { git: 'https://h/a.git' } }],
  [
    'https://h/a.git#main:sub/dir',
    { kind: 'git', source: { git: 'https://h/a.git', ref: 'main', subdir: 'sub/dir' } },
  ],
  ['https://h/a.git#:sub', { kind: 'git', source: { git: 'https://h/a.git', subdir: 'sub' } }],
])('reads the context %s', (text, place) => expect(parseContextPlace(text)).toEqual(place))

it('reads further contexts, and refuses those without a name', () => {
  expect(parseNamedContext('base=docker-image://alpine:3')).toEqual({
    name: 'base',
    place: { kind: 'image', reference: 'alpine:3' },
  })
  expect(parseNamedContext('src=../src').place).toEqual({ kind: 'folder', path: '../src' })
  expect(() => parseNamedContext('../src')).toThrow('NAME=PLACE')
})
