import { expect, it } from 'vitest'
import { type Pass, readPass, writePass } from './pass.ts'

const key = Buffer.alloc(32, 1)
const holder = { user: 7, session: 'session-1', token: null }
const content: Pass = {
  kind: 'cookie',
  environment: 'env-1',
  port: 8888,
  ...holder,
  until: 1000,
}
const wanted = { kind: 'cookie', environment: 'env-1', port: 8888, now: 999 } as const
const text = writePass(key, content)

it('is read as it was written', () => {
  expect(readPass(key, text, wanted)).toEqual(content)
})

it.each([
  ['of another environment', { environment: 'env-2' }],
  ['of another port', { port: 8889 }],
  ['of another kind', { kind: 'ticket' as const }],
  ['that has expired', { now: 1000 }],
])('is none %s', (_, other) => {
  expect(readPass(key, text, { ...wanted, ...other })).toBeUndefined()
})

it('is none that was changed, cut or made with another key', () => {
  const [body = '', mac = ''] = text.split('.')
  const other = writePass(Buffer.alloc(32, 2), content)
  const forged = Buffer.from(JSON.stringify({ ...content, user: 1 })).toString('base64url')
  for (const bad of [other, `${forged}.${mac}`, body, `${body}.`, '', `.${mac}`]) {
    expect([bad, readPass(key, bad, wanted)]).toEqual([bad, undefined])
  }
})
