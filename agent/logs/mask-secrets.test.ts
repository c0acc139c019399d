import { describe, expect, it } from 'vitest'
import { createMask } from './mask-secrets.ts'

const value = 'hunter2+/?=ü'
const { text: mask, bytes: maskBytes } = createMask([
  Buffer.from(`${value}\n`),
  Buffer.from('first line\nsecond line\n'),
  Buffer.from('say "hi"\t'),
])
const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('createMask', () => {
  it.each([
    ['as it is', `token: ${value}!`, 'token: ***!'],
    ['twice', `${value}${value}`, '******'],
    ['in a URL', `https://u:${encodeURIComponent(value)}@h/`, 'https://u:***@h/'],
    ['in JSON', JSON.stringify({ token: 'say "hi"\t' }), '{"token":"***"}'],
    ['in JSON of ASCII only', 'hunter2+\\/?=\\u00fc', '***'],
    ['one line of it', 'the second line', 'the ***'],
    ['in hex', Buffer.from(`${value}\n`).toString('hex'), '***'],
  ])('replaces a value %s', (_, text, expected) => expect(mask(text)).toBe(expected))

  it.each(['', 'x', 'xy', 'user:', 'abcd'])('replaces it in base64 after %j', (before) => {
    const coded = base64(`${before}${value}${before}`)
    expect(mask(coded)).toContain('***')
    expect(mask(coded.replaceAll('+', '-').replaceAll('/', '_'))).toContain('***')
    expect(mask(coded).length).toBeLessThan(coded.length - value.length + 6)
  })

  it('leaves bytes that are no text around a value as they are', () => {
    const junk = Buffer.from([0xff, 0x80, 0, 0xc3])
    const line = Buffer.concat([junk, Buffer.from(value), junk])
    expect(Buffer.from(maskBytes(line))).toEqual(Buffer.concat([junk, Buffer.from('***'), junk]))
    expect(maskBytes(junk)).toBe(junk)
  })

  it('leaves everything else as it is, also when a value is short or not text', () => {
    const harmless = createMask([
      Buffer.from('a'),
      Buffer.from([0xff, 0xfe, 0, 1]),
      Buffer.alloc(0),
    ])
    for (const text of ['a b c', '', '// === //']) expect(harmless.text(text)).toBe(text)
    expect(createMask([]).text('hunter2')).toBe('hunter2')
  })
})
