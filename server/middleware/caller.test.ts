import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { pino } from 'pino'
import { expect, it } from 'vitest'
import { connect } from '../../records/connect.ts'
import { createFence } from '../../records/fence.ts'
import { makeApiToken } from '../access/api-token.ts'
import { createAuthenticate } from '../access/authenticate.ts'
import { requireCaller } from './caller.ts'
import { createOnError } from './on-error.ts'

/** Nothing answers there, so that whatever asks the database fails with 500. */
const db = connect('postgres://127.0.0.1:1/none')
const fence = createFence('postgres://127.0.0.1:1/none')
const log = pino({ level: 'silent' })

async function ask(token: string | undefined, headers: Record<string, string>) {
  const tellUnseen = async () => undefined
  return new Hono()
    .onError(createOnError(log))
    .use(requireCaller({ db, fence, tellUnseen, authenticate: createAuthenticate(db, log), token }))
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
  [{ host: '127.0.0.1:8080', authorization: 'Bearer of-nobody' }, 401],
])('without a token answers this machine only: %j', async (headers, status) => {
  expect((await ask(undefined, headers)).status).toBe(status)
})

it('with a token answers its holders', async () => {
  const token = 'a-token-of-some-length'
  expect((await ask(token, { authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await ask(token, { authorization: `Bearer ${token}x` })).status).toBe(401)
  expect((await ask(token, { host: 'localhost' })).status).toBe(401)
})

it('asks the database only about what can be a token', async () => {
  const { token } = makeApiToken(randomBytes)
  const status = async (text: string) =>
    (await ask('the-token-of-the-farm', { authorization: `Bearer ${text}` })).status
  expect(await status(token)).toBe(500)
  const mistyped = token.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
  for (const wrong of [mistyped, token.slice(0, -1), token.toUpperCase(), `${token}0`]) {
    expect(await status(wrong)).toBe(401)
  }
})
