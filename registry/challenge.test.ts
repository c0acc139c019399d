import { expect, it } from 'vitest'
import { parseChallenge } from './challenge.ts'

const realm = 'https://registry.example/token'
const bearer = `Bearer realm="${realm}",service="one, two",scope="repository:a:pull,push"`
const wanted = {
  scheme: 'bearer',
  realm,
  service: 'one, two',
  scope: 'repository:a:pull,push',
}

it('takes tokens before the password, wherever they stand', () => {
  for (const header of [
    bearer,
    `Basic realm="Registry", ${bearer}`,
    `${bearer}, Basic realm="Registry"`,
    `Negotiate, basic realm="x" , ${bearer.replace('Bearer', 'bearer')}`,
  ])
    expect(parseChallenge(header)).toEqual(wanted)
})

it('takes a password where nothing else is offered', () => {
  for (const header of ['Basic', 'Basic realm="a, Bearer realm=b"', 'Negotiate, Basic realm="x"'])
    expect(parseChallenge(header)).toEqual({ scheme: 'basic' })
})

it('gives no password where tokens are offered that cannot be had, and nothing for what it does not know', () => {
  for (const header of [
    'Bearer realm="here", Basic realm="x"',
    'Negotiate',
    'Digest realm="x"',
    '',
  ])
    expect(parseChallenge(header)).toBeUndefined()
})
