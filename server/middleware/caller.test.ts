import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { connect } from '../../records/connect.ts'
import { createFence } from '../../records/fence.ts'
import { makeApiToken } from '../access/api-token.ts'
import { createAuthenticate } from '../access/authenticate.ts'
import { type Caller, operator } from '../access/caller.ts'
import type { ApiEnv } from '../access/request-scope.ts'
import { createOwnCookies } from '../sign-in/own-cookies.ts'
import { requireCaller } from './caller.ts'
import { createOnError } from './on-error.ts'

/** Nothing answers there, so that whatever asks the database fails with 500. */
const db = connect('postgres://127.0.0.1:1/none')
const fence = createFence('postgres://127.0.0.1:1/none')
const log = pino({ level: 'silent' })

const signedIn: Caller = {
  ...operator,
  actor: 'user:alice/session-12345678',
  user: { id: 1, name: 'alice' },
  session: { id: 'session-1', way: 'oidc', expiresAt: new Date(0) },
}

async function ask(
  token: string | undefined,
  headers: Record<string, string>,
  method: 'GET' | 'POST' = 'POST',
) {
  const tellUnseen = async () => undefined
  const signIn = {
    authenticate: async (secret: string) => (secret === 'good' ? signedIn : undefined),
    cookies: createOwnCookies(false),
    publicUrl: new URL('https://kiln.example'),
  }
  const authenticate = createAuthenticate(db, log)
  return new Hono<ApiEnv>()
    .onError(createOnError(log))
    .use(requireCaller({ db, fence, tellUnseen, authenticate, signIn, token }))
    .all('/', (c) => c.text(c.get('scope').actor))
    .request('/', { method, headers })
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

describe('the cookie of a session', () => {
  const farmToken = 'a-token-of-some-length'
  const cookie = 'kiln-session=good'

  it.each([
    [{ cookie, host: 'kiln.example' }, 200],
    [{ cookie, host: 'kiln.example', origin: 'https://kiln.example' }, 200],
    // A proxy in front of it may ask by another name.
    [{ cookie, host: '10.0.0.1:8080', origin: 'https://kiln.example' }, 200],
    [{ cookie, host: 'kiln.example', 'sec-fetch-site': 'same-origin' }, 200],
    [{ cookie, host: 'kiln.example', origin: 'https://evil.example' }, 401],
    [{ cookie, host: 'kiln.example', origin: 'null' }, 401],
    [{ cookie, host: 'kiln.example', 'sec-fetch-site': 'cross-site' }, 401],
    [{ cookie, host: 'kiln.example', 'sec-fetch-site': 'same-site' }, 401],
    [{ cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }, 401],
    [{ cookie: 'kiln-session=bad', host: 'kiln.example' }, 401],
    [{ cookie, host: 'kiln.example', authorization: 'Bearer of-nobody' }, 401],
  ])('lets in who has it, unless another page asks: %j', async (headers, status) => {
    expect((await ask(farmToken, headers)).status).toBe(status)
  })

  it('lets a link of another page be followed', async () => {
    const link = { cookie, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
    expect((await ask(farmToken, link, 'GET')).status).toBe(200)
    const picture = { ...link, 'sec-fetch-mode': 'no-cors' }
    expect((await ask(farmToken, picture, 'GET')).status).toBe(401)
    const socket = { cookie, host: 'kiln.example', origin: 'https://evil.example' }
    expect((await ask(farmToken, socket, 'GET')).status).toBe(401)
  })

  it('says more of who calls than that they are on this machine', async () => {
    const local = { host: 'localhost' }
    expect(await (await ask(undefined, { ...local, cookie })).text()).toBe(signedIn.actor)
    expect(await (await ask(undefined, { ...local, cookie: 'kiln-session=bad' })).text()).toBe(
      'api',
    )
  })
})
