import { Hono } from 'hono'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { createOnError } from './on-error.ts'
import { requireToken } from './token.ts'

function ask(token: string | undefined, headers: Record<string, string>) {
  return new Hono()
    .onError(createOnError(pino({ level: 'silent' })))
    .use(requireToken(token))
    .post('/', (c) => c.text('done'))
    .request('/', { method: 'POST', headers })
}

it.each([
  [{ host: '127.0.0.1:8080' }, 200],
  [{ host: 'localhost' }, 200],
  [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:8080' }, 200],
  [{ host: 'kiln.example' }, 401],
  [{ host: '127.0.0.1:8080', origin: 'https://evil.example' }, 401],
  [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1:9999' }, 401],
  [{ host: '127.0.0.1:8080', origin: 'null' }, 401],
])('without a token answers this machine only: %j', async (headers, status) => {
  expect((await ask(undefined, headers)).status).toBe(status)
})

it('with a token answers its holders', async () => {
  const token = 'a-token-of-some-length'
  expect((await ask(token, { authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await ask(token, { authorization: `Bearer ${token}x` })).status).toBe(401)
  expect((await ask(token, { host: 'localhost' })).status).toBe(401)
})
