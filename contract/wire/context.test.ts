import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contextSource, namedContexts } from './context.ts'

const schema = z.strictObject({
  context: contextSource.optional(),
  contexts: namedContexts.default({}),
})
const digest = `sha256:${'0'.repeat(64)}`
const git = 'https://git.example/team/app.git'

describe('where files come from', () => {
  it.each([
    { context: digest },
    { context: { git } },
    { context: { git, ref: 'feature/x-1', subdir: 'a/b.c' } },
    { context: { git, ref: 'v1.0+2' } },
    { context: { git: 'https://git.example:8443/~me/app.git', ref: 'a'.repeat(40) } },
    { contexts: { base: 'debian:12', files: digest, src: { git }, 'a.b_c-d': 'h:1/x@' + digest } },
  ])('takes %j', (value) => expect(schema.safeParse(value).error?.issues).toBeUndefined())

  it.each([
    'file:///etc/x.git',
    'ext::id.git',
    'ssh://git@h.io/x.git',
    'git@h.io:x.git',
    'git://h.io/x.git',
    'https://u:p@h.io/x.git',
    'https://h.io/x.git#main',
    'https://h.io/x.git?ref=a',
    'https://h.io/x',
    'https://h.io/../x.git',
    'https://h.io/%2e%2e/x.git',
    'https://-h.io/x.git',
    'https://h.io/--upload-pack=x.git',
    'https://h.io/a b.git',
    'https://[::1]/x.git',
    'https://h.io:99999/x.git',
  ])('refuses the address %s', (address) =>
    expect(schema.safeParse({ context: { git: address } }).error?.issues[0]?.path).toEqual([
      'context',
      'git',
    ]),
  )

  it.each([
    '-x',
    '--upload-pack=id',
    'a..b',
    'a:b',
    'a#b',
    'a b',
    'a~1',
    'a^',
    'a@{1}',
    'a.lock',
    '/a',
    'a/',
    'a//b',
    '.a',
    'a/.b',
  ])('refuses the ref %s', (ref) =>
    expect(schema.safeParse({ context: { git, ref } }).error?.issues[0]?.path).toEqual([
      'context',
      'ref',
    ]),
  )

  it.each(['..', 'a/../b', '../a', '/a', 'a/', 'a//b', './a', 'a:b', 'a#b', 'a%2e'])(
    'refuses the folder %s',
    (subdir) =>
      expect(schema.safeParse({ context: { git, subdir } }).error?.issues[0]?.path).toEqual([
        'context',
        'subdir',
      ]),
  )

  it.each([
    ['1', 'a number'],
    ['scratch', 'another meaning'],
    ['built', 'another meaning'],
    ['Base', 'lower-case'],
    ['a:1', 'lower-case'],
    ['a::linux/amd64', 'lower-case'],
  ])('refuses the name %s', (name, why) => {
    const [issue] = schema.safeParse({ contexts: { [name]: digest } }).error?.issues ?? []
    expect(issue).toMatchObject({ path: ['contexts', name], message: expect.stringContaining(why) })
  })

  it('names the field of a value that is none', () => {
    const [issue] = schema.safeParse({ contexts: { a: 'X X' } }).error?.issues ?? []
    expect(issue).toMatchObject({ path: ['contexts', 'a'] })
    expect(schema.safeParse({ context: 5 }).error?.issues[0]?.message).toContain('{git')
  })
})
