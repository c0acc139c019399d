import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { finishBuild } from '../../records/end-build.ts'
import { type Call, callsWith, createTenants } from '../access/tenants.ts'
import { makeThings, type Things } from '../access/things.ts'
import { startDatabase, type TestDatabase } from '../database.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { copyDatabase } from './copy-database.ts'

const stack = new AsyncDisposableStack()
const key = randomBytes(32).toString('base64')

let before: Call
let after: Call
let server: ServerAlone
let restored: ServerAlone
let things: Things
let buildId: string
let token: string

/** What the walk through docs/backups.md copies: the database, the data directory of the server, and its keys. */
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kiln-restore-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const [old, copy] = [join(folder, 'old'), join(folder, 'copy')]
  const settings = { KILN_REGISTRY_URL: 'http://127.0.0.1:1', KILN_SECRETS_KEY: key }
  server = stack.use(await startServerAlone({ ...settings, KILN_DATA_DIR: old }))
  before = callsWith(server.url)
  things = await fill()
  const database: TestDatabase = stack.use(await startDatabase())
  await copyDatabase(server.databaseUrl, database.url)
  await cp(old, copy, { recursive: true })
  const surroundings = { ...settings, KILN_DATABASE_URL: database.url, KILN_DATA_DIR: copy }
  restored = stack.use(await startServerAlone(surroundings))
  after = callsWith(restored.url)
})
afterAll(async () => stack.disposeAsync())

async function fill(): Promise<Things> {
  const tenants = createTenants(server)
  await tenants.project('team-a')
  await tenants.user('alice')
  await tenants.member('team-a', 'alice', 'admin')
  ;({ token } = await tenants.token({ user: 'alice' }))
  const made = await makeThings(server.db, 'team-a')
  await before('PUT', '/api/projects/team-a/secrets/kept', { value: 'kept-value' })
  const ref = await server.begin('restored:1', 'FROM scratch\nCOPY a /\n')
  buildId = ref.buildId
  const line = { at: new Date().toISOString(), stage: 'building', step: 1, stream: 'stdout' }
  const stored = await server.agent(ref, 'POST', 'logs', {
    start: 0,
    lines: [{ ...line, text: 'a line that is kept' }],
  })
  if (!stored.ok) throw new Error(await stored.text())
  const failure = { code: 'step_failed', message: 'x' } as const
  await finishBuild(server.db, { buildId, status: 'failed', failure })
  return made
}

describe('a farm that was restored from its backup', () => {
  it('lists its builds, images and versions as they were', async () => {
    for (const path of [
      '/api/builds',
      `/api/builds/${buildId}`,
      '/api/images?project=team-a',
      `/api/images/${things.image}`,
      `/api/images/${things.image}/versions`,
      `/api/images/${things.image}/moves`,
      '/api/projects',
      '/api/projects/team-a/members',
      '/api/projects/team-a/webhooks',
      '/api/environments',
      '/api/users',
    ]) {
      const [was, is] = await Promise.all([before('GET', path), after('GET', path)])
      expect([path, was.status]).toEqual([path, 200])
      expect([path, is]).toEqual([path, was])
    }
  })

  it('has its logs', async () => {
    for (const call of [before, after]) {
      const { body } = await call('GET', `/api/builds/${buildId}/logs/download`)
      expect(body).toContain('a line that is kept')
    }
  })

  it('knows the tokens that it gave out, and opens the secrets that it kept', async () => {
    const me = await callsWith(restored.url, token)('GET', '/api/me')
    expect(me).toMatchObject({ status: 200, body: { user: 'alice' } })
    const name = 'team-a/with-secret:1'
    const submitted = await after('POST', '/api/images/build', {
      project: 'team-a',
      name,
      dockerfile: 'FROM scratch\nCOPY a /\n',
      options: { secrets: [{ id: 'x', secret: 'kept' }] },
    })
    expect(submitted.status).toBe(202)
  })

  it('goes on: names that are free are given, numbers are not given twice', async () => {
    const again = await after('POST', '/api/images/build', {
      name: 'restored:1',
      dockerfile: 'FROM scratch\nCOPY a /\n',
    })
    expect(again.status).toBe(202)
    const made = await makeThings(restored.db, 'team-a')
    expect(made.image).toBeGreaterThan(things.image)
  })

  it('has an audit log that is whole', async () => {
    const { body } = await after('GET', '/api/audit/check')
    expect(body).toMatchObject({ ok: true })
  })

  it('tells webhooks nothing of what was only restored', async () => {
    const rows = await restored.db.selectFrom('webhook_deliveries').select('event').execute()
    expect(rows.filter(({ event }) => event === 'build.queued')).toEqual([])
  })
})
