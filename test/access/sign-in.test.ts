import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type OidcProvider, startOidcProvider } from '../fakes/oidc/oidc-provider.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Browser, startBrowser } from './browser.ts'
import { callsWith, createTenants } from './tenants.ts'

const farmToken = 'the-token-of-the-whole-farm'
const publicUrl = 'http://kiln.test'

let provider: OidcProvider
let server: ServerAlone
let operator: ReturnType<typeof callsWith>
beforeAll(async () => {
  provider = await startOidcProvider()
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_API_TOKEN: farmToken,
    KILN_PUBLIC_URL: publicUrl,
    KILN_TRUSTED_PROXIES: '127.0.0.1',
    KILN_RATE_SIGN_INS: '8',
    KILN_OIDC_ISSUER: provider.issuer,
    KILN_OIDC_CLIENT_ID: provider.clientId,
    KILN_OIDC_CLIENT_SECRET: provider.clientSecret,
    KILN_OIDC_LABEL: 'Example',
    KILN_OIDC_ALLOWED_DOMAINS: 'example.com',
    KILN_OIDC_OPERATOR_GROUPS: 'farm-admins',
    KILN_OIDC_GROUP_ROLES: '{"vision-team": {"vision": "builder", "none": "admin"}}',
  })
  operator = callsWith(server.url, farmToken)
  for (const name of ['vision', 'speech']) await operator('POST', '/api/projects', { name })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await provider[Symbol.asyncDispose]()
})
beforeEach(() => {
  provider.person = undefined
  provider.fault = undefined
})

const person = (name: string, more: object = {}) => ({
  sub: `subject-of-${name}`,
  email: `${name}@example.com`,
  email_verified: true,
  ...more,
})

async function signIn(who: object | undefined, browser = open()): Promise<Browser> {
  provider.person = who === undefined ? undefined : { ...who }
  await browser.follow('/api/session/oidc?back=/builds')
  return browser
}

const open = () => startBrowser(server.url, publicUrl)
const audited = async (action: string) =>
  server.db
    .selectFrom('audit')
    .select(['actor', 'object', 'detail'])
    .where('action', '=', action)
    .orderBy('seq', 'desc')
    .execute()

it('signs in who comes from the identity provider, and out again', async () => {
  const browser = open()
  expect((await browser.ask('GET', '/api/session')).body).toEqual({
    signed_in: false,
    user: null,
    operator: false,
    session: null,
    ways: { token: true, oidc: 'Example' },
    local: false,
  })
  expect((await browser.ask('GET', '/api/me')).status).toBe(401)
  await signIn(person('alice'), browser)
  expect(browser.at).toBe('/builds')
  const { body } = await browser.ask('GET', '/api/session')
  expect(body).toMatchObject({
    signed_in: true,
    user: 'alice@example.com',
    session: { way: 'oidc' },
  })
  expect((await browser.ask('GET', '/api/me')).body).toMatchObject({
    user: 'alice@example.com',
    token: null,
    scopes: ['read', 'build', 'admin'],
  })
  expect(browser.cookieText('kiln-session')).toMatch(/HttpOnly; SameSite=Lax$/)
  const rows = await server.db.selectFrom('sessions').selectAll().execute()
  expect(JSON.stringify(rows)).not.toContain(browser.cookie('kiln-session'))
  expect(await audited('session.create')).toMatchObject([
    { actor: expect.stringMatching(/^user:alice@example\.com\/session-/), detail: { way: 'oidc' } },
  ])

  const copy = browser.cookie('kiln-session')
  expect((await browser.ask('DELETE', '/api/session')).status).toBe(204)
  expect(browser.cookie('kiln-session')).toBe('')
  expect((await browser.ask('GET', '/api/me')).status).toBe(401)
  const thief = open()
  thief.keep('kiln-session', copy)
  expect((await thief.ask('GET', '/api/me')).status).toBe(401)
  expect(await audited('session.end')).toHaveLength(1)
})

it('knows again who has come before, whatever they are called now', async () => {
  await signIn(person('bob'))
  const again = await signIn(person('bob', { email: 'robert@example.com' }))
  expect((await again.ask('GET', '/api/session')).body).toMatchObject({ user: 'bob@example.com' })
})

it.each([
  ['denied', undefined],
  ['unverified', person('x', { email_verified: false })],
  ['domain', person('x', { email: 'x@elsewhere.example' })],
  ['no_name', { sub: 'x' }],
])('says why it lets nobody in: %s', async (reason, who) => {
  const browser = await signIn(who)
  expect(browser.at).toBe(`/console/sign-in?refused=${reason}`)
  expect((await browser.ask('GET', '/api/session')).body).toMatchObject({ signed_in: false })
  expect((await audited('session.refused'))[0]).toMatchObject({ detail: { because: reason } })
})

it.each(['audience', 'expired', 'issuer', 'nonce', 'signature'] as const)(
  'believes no ID token with a wrong %s',
  async (fault) => {
    provider.fault = fault
    const browser = await signIn(person('mallory'))
    expect(browser.at).toBe('/console/sign-in?refused=provider')
    expect((await browser.ask('GET', '/api/session')).body).toMatchObject({ signed_in: false })
  },
)

it('takes an answer only from the browser that asked, once, and for what it asked', async () => {
  provider.person = person('carol')
  const [victim, attacker] = [open(), open()]
  const callback = await attacker.stopAt('/api/session/oidc', '/api/session/oidc/callback')
  await victim.follow(callback)
  expect(victim.at).toBe('/console/sign-in?refused=expired')
  await victim.stopAt('/api/session/oidc', '/api/session/oidc/callback')
  const before = provider.exchanged()
  await victim.follow(callback)
  expect(victim.at).toBe('/console/sign-in?refused=provider')
  expect(provider.exchanged()).toBe(before)
  await attacker.follow(callback)
  expect(attacker.at).toBe('/console/')
  await attacker.follow(callback)
  expect(attacker.at).toBe('/console/sign-in?refused=expired')
})

it.each(['//evil.example', '/\\evil.example', 'https://evil.example', '/a b'])(
  'sends nobody elsewhere: %s',
  async (back) => {
    provider.person = person('dora')
    const browser = open()
    await browser.follow(`/api/session/oidc?back=${encodeURIComponent(back)}`)
    expect(browser.at).toBe('/console/')
  },
)

it('makes nobody the user that somebody else is already', async () => {
  const tenants = createTenants({ url: server.url, token: farmToken })
  await tenants.user('erin@example.com')
  await tenants.token({ user: 'erin@example.com' })
  expect((await signIn(person('erin'))).at).toBe('/console/sign-in?refused=name_taken')
  // One whom an operator has made, and nobody has been, is theirs.
  await tenants.user('frank@example.com')
  await tenants.member('speech', 'frank@example.com', 'viewer')
  const frank = await signIn(person('frank'))
  expect((await frank.ask('GET', '/api/me')).body).toMatchObject({
    projects: [{ name: 'speech', role: 'viewer' }],
  })
  const other = await signIn(person('frank', { sub: 'another subject' }))
  expect(other.at).toBe('/console/sign-in?refused=name_taken')
})

it('follows the groups of the provider, and leaves what was chosen by hand', async () => {
  const grace = await signIn(person('grace', { groups: ['vision-team', 'farm-admins'] }))
  expect((await grace.ask('GET', '/api/me')).body).toMatchObject({ operator: true })
  await operator('PUT', '/api/projects/speech/members/grace@example.com', { role: 'viewer' })
  const later = await signIn(person('grace', { groups: ['vision-team'] }))
  expect((await later.ask('GET', '/api/me')).body).toMatchObject({
    operator: false,
    projects: [
      { name: 'speech', role: 'viewer' },
      { name: 'vision', role: 'builder' },
    ],
  })
  // What was true when the first browser signed in is not any more.
  expect((await grace.ask('GET', '/api/me')).body).toMatchObject({ operator: false })
  const without = await signIn(person('grace'))
  expect((await without.ask('GET', '/api/me')).body).toMatchObject({
    projects: [{ name: 'speech', role: 'viewer' }],
  })
})

it('lists the browsers of a user, and signs them out one by one', async () => {
  const [here, there] = [await signIn(person('heidi')), await signIn(person('heidi'))]
  const { body } = await here.ask('GET', '/api/sessions')
  const { sessions } = body as { sessions: { id: string; current: boolean }[] }
  expect(sessions.map(({ current }) => current)).toEqual([false, true])
  expect(sessions[0]).toMatchObject({
    way: 'oidc',
    address: '127.0.0.1',
    user: 'heidi@example.com',
  })
  expect((await here.ask('DELETE', `/api/sessions/${sessions[0]?.id}`)).status).toBe(204)
  expect((await there.ask('GET', '/api/me')).status).toBe(401)
  expect((await here.ask('GET', '/api/me')).status).toBe(200)
  await operator('PATCH', '/api/users/heidi@example.com', { disabled: true })
  expect((await here.ask('GET', '/api/me')).status).toBe(401)
  expect((await signIn(person('heidi'))).at).toBe('/console/sign-in?refused=disabled')
})

it('ends sessions that are old, and those that nobody uses', async () => {
  const browser = await signIn(person('ivan'))
  const set = async (column: 'used_at' | 'expires_at', value: string) =>
    server.db
      .updateTable('sessions')
      .set({ [column]: new Date(value) })
      .execute()
  await set('used_at', new Date(Date.now() - 119 * 60_000).toISOString())
  expect((await browser.ask('GET', '/api/me')).status).toBe(200)
  await set('used_at', new Date(Date.now() - 121 * 60_000).toISOString())
  expect((await browser.ask('GET', '/api/me')).status).toBe(401)
  const another = await signIn(person('ivan'))
  await set('expires_at', new Date(Date.now() - 1).toISOString())
  expect((await another.ask('GET', '/api/me')).status).toBe(401)
})

it('signs in with a token, for as long and as much as that is good for', async () => {
  const tenants = createTenants({ url: server.url, token: farmToken })
  await tenants.user('judy')
  await tenants.member('vision', 'judy', 'admin')
  const { id, token } = await tenants.token({ user: 'judy', scopes: ['read'], project: 'vision' })
  const browser = open()
  const opened = await browser.ask('POST', '/api/session', { token })
  expect(opened).toMatchObject({ status: 201, body: { user: 'judy', session: { way: 'token' } } })
  expect((await browser.ask('GET', '/api/me')).body).toMatchObject({
    scopes: ['read'],
    token: { id },
  })
  const made = await browser.ask('PUT', '/api/projects/vision/members/judy', { role: 'viewer' })
  expect(made.status).toBe(403)
  expect((await operator('DELETE', `/api/tokens/${id}`)).status).toBe(204)
  expect((await browser.ask('GET', '/api/me')).status).toBe(401)
  const statuses: number[] = []
  for (let i = 0; i < 10; i += 1) {
    statuses.push((await browser.ask('POST', '/api/session', { token })).status)
  }
  expect(new Set(statuses)).toEqual(new Set([401, 429]))
  const elsewhere = { 'x-forwarded-for': '198.51.100.1, 203.0.113.9' }
  expect((await browser.ask('POST', '/api/session', { token }, elsewhere)).status).toBe(401)
})

it('makes tokens for its user, and refuses what another page asks with its cookie', async () => {
  const browser = await signIn(person('kim'))
  const wanted = { name: 'laptop', scopes: ['admin'] }
  expect(await browser.ask('POST', '/api/tokens', wanted)).toMatchObject({
    status: 201,
    body: { user: 'kim@example.com', token: expect.stringMatching(/^kiln_api_/) },
  })
  expect(
    (await browser.ask('POST', '/api/tokens', { name: 'x', scopes: ['operate'] })).status,
  ).toBe(403)
  for (const from of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: undefined, 'sec-fetch-site': 'cross-site' },
  ]) {
    expect((await browser.ask('POST', '/api/tokens', wanted, from)).status).toBe(401)
    expect((await browser.ask('DELETE', '/api/session', undefined, from)).status).toBe(403)
    expect((await browser.ask('POST', '/api/session', { token: 'x' }, from)).status).toBe(403)
  }
  expect((await browser.ask('GET', '/api/me')).status).toBe(200)
})
