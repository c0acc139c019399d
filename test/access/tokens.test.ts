import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNewId } from '#contract/id.ts'
import { ensureLocalAdmin } from '../../server/access/local-admin.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { callsWith, createTenants } from './tenants.ts'

let server: ServerAlone
let folder: string
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  folder = await mkdtemp(join(tmpdir(), 'kiln-test-'))
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))
const as = (token: string) => callsWith(server.url, token)
const audited = async (action: string, object: string) =>
  server.db
    .selectFrom('audit')
    .select(['actor', 'detail'])
    .where('action', '=', action)
    .where('object', '=', object)
    .execute()

it('a token is shown once, kept as a hash, and lets its user in until it is revoked', async () => {
  const tenants = createTenants(server)
  await tenants.user('alice')
  const { id, token, prefix } = await tenants.token({ user: 'alice', scopes: ['build'] })
  expect(token).toMatch(/^kiln_api_[0-9a-f]{56}$/)
  expect(token.startsWith(prefix)).toBe(true)
  const row = await server.db.selectFrom('api_tokens').selectAll().executeTakeFirstOrThrow()
  expect(row.hash).toEqual(createHash('sha256').update(token).digest())
  expect(JSON.stringify(row)).not.toContain(token)
  expect(row.used_at).toBeNull()

  const me = { user: 'alice', operator: false, scopes: ['read', 'build'], projects: [] }
  expect(await as(token)('GET', '/api/me')).toMatchObject({ status: 200, body: me })
  const listed = await as(token)('GET', '/api/tokens')
  expect(listed.body).toEqual({
    tokens: [expect.objectContaining({ id, prefix, user: 'alice', revoked_at: null })],
  })
  expect(JSON.stringify(listed.body)).not.toContain(token)
  const { used_at: usedAt } = await server.db
    .selectFrom('api_tokens')
    .select('used_at')
    .executeTakeFirstOrThrow()
  expect(usedAt).not.toBeNull()
  expect(await audited('token.create', id)).toMatchObject([
    { actor: 'api', detail: { user: 'alice', scopes: ['build'] } },
  ])

  expect((await as(token)('DELETE', `/api/tokens/${id}`)).status).toBe(204)
  expect((await as(token)('GET', '/api/me')).status).toBe(401)
  const actor = `user:alice/${prefix.slice('kiln_api_'.length)}`
  expect(await audited('token.revoke', id)).toMatchObject([{ actor }])
})

it('a token ends with its time, and with its user', async () => {
  const tenants = createTenants(server)
  await tenants.user('bob')
  const expiring = await tenants.token({ user: 'bob' })
  const staying = await tenants.token({ user: 'bob' })
  await server.db
    .updateTable('api_tokens')
    .set({ expires_at: new Date(Date.now() - 1000) })
    .where('id', '=', expiring.id)
    .execute()
  expect((await as(expiring.token)('GET', '/api/me')).status).toBe(401)
  expect((await as(staying.token)('GET', '/api/me')).status).toBe(200)
  await tenants.operator('PATCH', '/api/users/bob', { disabled: true })
  expect((await as(staying.token)('GET', '/api/me')).status).toBe(401)
  await tenants.operator('PATCH', '/api/users/bob', { disabled: false })
  expect((await as(staying.token)('GET', '/api/me')).status).toBe(200)
})

it('a token makes none that may do more, or for longer', async () => {
  const tenants = createTenants(server)
  await tenants.project('one')
  await tenants.project('two')
  await tenants.user('carol')
  await tenants.member('one', 'carol', 'admin')
  await tenants.member('two', 'carol', 'admin')
  const wide = await tenants.token({ user: 'carol' })
  const narrow = await tenants.token({ user: 'carol', project: 'one' })
  const build = await tenants.token({ user: 'carol', scopes: ['build'] })
  const make = async ({ token }: { token: string }, body: object) =>
    as(token)('POST', '/api/tokens', { name: 'x', scopes: ['read'], ...body })
  expect((await make(build, {})).status).toBe(403)
  expect((await make(wide, { scopes: ['operate'] })).body).toMatchObject({
    code: 'forbidden',
    detail: 'the token lacks the scope "operate" itself',
  })
  expect((await make(wide, { user: 'alice' })).status).toBe(403)
  expect((await make(narrow, {})).status).toBe(403)
  expect((await make(narrow, { project: 'two' })).status).toBe(422)
  expect((await make(narrow, { project: 'one' })).status).toBe(201)
  const soon = new Date(Date.now() + 3_600_000)
  await server.db
    .updateTable('api_tokens')
    .set({ expires_at: soon })
    .where('id', '=', wide.id)
    .execute()
  expect((await make(wide, { expires_in_days: 300 })).body).toMatchObject({
    expires_at: soon.toISOString(),
  })
})

it('tokens are listed in pages, and nobody ends another one’s', async () => {
  const tenants = createTenants(server)
  await tenants.user('dave')
  await tenants.user('eve')
  const first = await tenants.token({ user: 'dave' })
  const second = await tenants.token({ user: 'dave' })
  const eve = await tenants.token({ user: 'eve' })
  const page = await as(first.token)('GET', '/api/tokens?limit=1')
  expect(page.body).toMatchObject({ tokens: [{ id: second.id }], next_cursor: second.id })
  const rest = await as(first.token)('GET', `/api/tokens?limit=1&cursor=${second.id}`)
  expect(rest.body).toMatchObject({ tokens: [{ id: first.id }] })
  expect(await as(eve.token)('GET', '/api/tokens?user=dave')).toMatchObject({ status: 403 })
  const hidden = await as(eve.token)('DELETE', `/api/tokens/${first.id}`)
  const none = await as(eve.token)('DELETE', '/api/tokens/token-none')
  expect([hidden.status, none.status]).toEqual([404, 404])
  expect(JSON.stringify(hidden.body).replace(first.id, 'token-none')).toBe(
    JSON.stringify(none.body),
  )
  expect(await audited('access.refused', first.id)).toHaveLength(1)
  expect((await tenants.operator('DELETE', `/api/tokens/${first.id}`)).status).toBe(204)
})

it('the token of the first start is in a file for its owner, and stays revoked', async () => {
  const file = join(folder, 'admin-token')
  const deps = { db: server.db, newId }
  await ensureLocalAdmin(deps, file)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const token = (await readFile(file, 'utf8')).trim()
  const me = await as(token)('GET', '/api/me')
  expect(me.body).toMatchObject({ user: 'admin', operator: true, token: { expires_at: null } })
  await ensureLocalAdmin(deps, file)
  expect((await readFile(file, 'utf8')).trim()).toBe(token)
  const { id } = (me.body as { token: { id: string } }).token
  expect((await as(token)('DELETE', `/api/tokens/${id}`)).status).toBe(204)
  await ensureLocalAdmin(deps, file)
  expect((await as(token)('GET', '/api/me')).status).toBe(401)
  await writeFile(file, 'something else')
  await expect(ensureLocalAdmin(deps, file)).rejects.toThrow('holds no token')
})
