import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Pool } from '../../records/connect.ts'
import { finishBuild } from '../../records/end-build.ts'
import { type Call, callsWith, createTenants } from '../access/tenants.ts'
import { makeThings, type Things } from '../access/things.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { findDebianPostgres } from './debian-postgres.ts'
import { copyRows, walkPage } from './ways.ts'

const debian = await findDebianPostgres()
if (debian === undefined)
  process.stderr.write(
    '\n  NOT WALKED: the commands of docs/backups.md, since Debian has put no Postgres below /usr/lib/postgresql\n\n',
  )

const ways = [
  ['its rows', copyRows, true],
  ['the commands of docs/backups.md', walkPage, debian !== undefined],
] as const

for (const [way, prepare, canRun] of ways) {
  describe.skipIf(!canRun)(`a farm that was restored by ${way}`, () => {
    const stack = new AsyncDisposableStack()
    let before: Call
    let after: Call
    let server: ServerAlone
    let restored: ServerAlone
    let kept: Kept

    beforeAll(async () => {
      const folder = await mkdtemp(join(tmpdir(), 'kiln-restore-'))
      stack.defer(async () => rm(folder, { recursive: true, force: true }))
      const [old, copy, backup] = [
        join(folder, 'old'),
        join(folder, 'copy'),
        join(folder, 'backup'),
      ]
      const { databaseUrl, restore } = await prepare(stack, { old, copy, backup }, debian ?? '')
      const settings = {
        KILN_REGISTRY_URL: 'http://127.0.0.1:1',
        KILN_SECRETS_KEY: randomBytes(32).toString('base64'),
      }
      const begin = async (url: string, data: string) =>
        stack.use(
          await startServerAlone({ ...settings, KILN_DATABASE_URL: url, KILN_DATA_DIR: data }),
        )
      server = await begin(databaseUrl, old)
      kept = await fill(server)
      restored = await begin(await restore(), copy)
      ;[before, after] = [callsWith(server.url), callsWith(restored.url)]
    })
    afterAll(async () => stack.disposeAsync())

    it('lists its builds, images and versions as they were', async () => {
      for (const path of [
        '/api/builds',
        `/api/builds/${kept.buildId}`,
        '/api/images?project=team-a',
        `/api/images/${kept.things.image}`,
        `/api/images/${kept.things.image}/versions`,
        `/api/images/${kept.things.image}/moves`,
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

    it('shows a member what it showed before, and fences requests off as before', async () => {
      for (const path of ['/api/builds', '/api/images', '/api/projects']) {
        const [was, is] = await Promise.all(
          [server, restored].map(async ({ url }) => callsWith(url, kept.token)('GET', path)),
        )
        expect([path, is]).toEqual([path, was])
      }
      const [were, are] = await Promise.all([server, restored].map(async ({ db }) => readFence(db)))
      expect(were?.length).toBeGreaterThan(20)
      expect(are).toEqual(were)
    })

    it('has its logs', async () => {
      for (const call of [before, after]) {
        const { body } = await call('GET', `/api/builds/${kept.buildId}/logs/download`)
        expect(body).toContain('a line that is kept')
      }
    })

    it('knows the tokens that it gave out, and opens the secrets that it kept', async () => {
      const me = await callsWith(restored.url, kept.token)('GET', '/api/me')
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
      expect(made.image).toBeGreaterThan(kept.things.image)
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
}

interface Kept {
  readonly things: Things
  readonly buildId: string
  /** Of `alice`, an admin of `team-a`. */
  readonly token: string
}

async function fill(server: ServerAlone): Promise<Kept> {
  const tenants = createTenants(server)
  await tenants.project('team-a')
  await tenants.user('alice')
  await tenants.member('team-a', 'alice', 'admin')
  const { token } = await tenants.token({ user: 'alice' })
  const made = await makeThings(server.db, 'team-a')
  await callsWith(server.url)('PUT', '/api/projects/team-a/secrets/kept', { value: 'kept-value' })
  const ref = await server.begin('restored:1', 'FROM scratch\nCOPY a /\n')
  const line = { at: new Date().toISOString(), stage: 'building', step: 1, stream: 'stdout' }
  const stored = await server.agent(ref, 'POST', 'logs', {
    start: 0,
    lines: [{ ...line, text: 'a line that is kept' }],
  })
  if (!stored.ok) throw new Error(await stored.text())
  const failure = { code: 'step_failed', message: 'x' } as const
  await finishBuild(server.db, { buildId: ref.buildId, status: 'failed', failure })
  return { things: made, buildId: ref.buildId, token }
}

/** What the role of requests may read, and by which conditions. */
async function readFence(db: Pool): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select tablename as name, policyname::text as what, qual as terms from pg_policies
    union all
    select table_name, privilege_type, null from information_schema.role_table_grants
    where grantee = 'kiln_request'
    union all
    select relname, 'secured', relrowsecurity::text from pg_class
    where relkind = 'r' and relnamespace = 'public'::regnamespace
    order by 1, 2, 3`.execute(db)
  return rows
}
