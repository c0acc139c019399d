import { afterAll, beforeAll, expect, it } from 'vitest'
import { sql } from 'kysely'
import { type Library, startLibrary } from './kit/library.ts'
import { publishImage } from './kit/publish.ts'

// On a registry that is no Harbor, and lets manifests be deleted.
let library: Library
beforeAll(async () => {
  library = await startLibrary()
})
afterAll(async () => library[Symbol.asyncDispose]())

const show = async () => (await library.ask('GET', '/api/registry')).body

it('is shown with what it is, what it cannot do, and what lies in it', async () => {
  expect(await show()).toMatchObject({
    host: library.own.host,
    kind: 'oci',
    version: null,
    can: { scan: false, quota: false, token_service: false, deletion: true, referrers: null },
    cannot: expect.arrayContaining(['nothing is scanned']),
    breaker: { state: 'closed', since: null, failures: 0, next_probe_at: null },
    pushes: { running: 0, waiting: 0, limit: 8, limit_per_project: 4 },
    bytes: 0,
    versions: 0,
  })
  await publishImage(library, { name: 'counted:1' }, { steps: ['RUN counted'] })
  await sql`update registry_state set looked_at = now() - interval '1 hour'`.execute(library.db)
  await library.lookAtRegistry()
  expect(await show()).toMatchObject({
    can: { referrers: false },
    cannot: expect.arrayContaining([expect.stringContaining('under a tag')]),
    versions: 1,
    unread: 1,
  })
})

it('says since when it takes nothing, and when it is looked at again', async () => {
  const { host } = library.own
  const away = { host, state: 'open' as const, failures: 3, tries: 1 }
  const [opened, probe] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:01:00Z')]
  await library.db
    .insertInto('registry_breakers')
    .values({ ...away, opened_at: opened, probe_at: probe })
    .execute()
  expect(await show()).toMatchObject({
    breaker: {
      state: 'open',
      since: opened.toISOString(),
      failures: 3,
      next_probe_at: probe.toISOString(),
    },
  })
})
