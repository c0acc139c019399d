import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { recordAudit } from '../../records/audit.ts'
import { chainAudit } from '../../records/audit-chain.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'

let server: ServerAlone
let tenants: ReturnType<typeof createTenants>
let admin: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  tenants = createTenants(server)
  await tenants.project('team-a')
  await tenants.project('team-b')
  await tenants.user('alice')
  await tenants.member('team-a', 'alice', 'admin')
  admin = callsWith(server.url, (await tenants.token({ user: 'alice' })).token)
})
afterAll(async () => server[Symbol.asyncDispose]())

interface Entry {
  readonly seq: number
  readonly actor: string
  readonly action: string
  readonly project: string | null
  readonly chain: { position: number; previous: string; hash: string; sealed: string } | null
}

const entriesOf = ({ body }: { body: unknown }) => (body as { entries: Entry[] }).entries
const chain = async () => {
  while (await chainAudit(server.db));
}
const check = async () => (await tenants.operator('GET', '/api/audit/check')).body
const submit = async (name: string) => {
  const dockerfile = 'FROM scratch\nCOPY a /\n'
  const { body } = await admin('POST', '/api/images/build', { project: 'team-a', name, dockerfile })
  return (body as { build_id: string }).build_id
}

it('tells an admin what was done in the project, by whom, in pages', async () => {
  const id = await submit('audit/one')
  await admin('POST', `/api/builds/${id}/cancel`)
  const whole = entriesOf(await admin('GET', '/api/audit?project=team-a'))
  expect(whole.map(({ action }) => action)).toEqual([
    'build.cancel',
    'build.submit',
    'project.member',
    'project.create',
  ])
  expect(whole.every(({ project }) => project === 'team-a')).toBe(true)
  const first = await admin('GET', '/api/audit?project=team-a&limit=3')
  expect(entriesOf(first)).toEqual(whole.slice(0, 3))
  const { next_cursor: cursor } = first.body as { next_cursor: string }
  const rest = await admin('GET', `/api/audit?project=team-a&limit=3&cursor=${cursor}`)
  expect(entriesOf(rest)).toEqual(whole.slice(3))
  const some = async (query: string) =>
    entriesOf(await admin('GET', `/api/audit?project=team-a&${query}`)).map(({ action }) => action)
  expect(await some('actor=user:alice')).toEqual(['build.cancel', 'build.submit'])
  expect(await some('actor=user:al')).toEqual([])
  expect(await some(`object=${id}&action=build.submit`)).toEqual(['build.submit'])
  expect(await some('since=2100-01-01T00:00:00Z')).toEqual([])
  expect(await some('until=2100-01-01T00:00:00Z')).toHaveLength(4)
  expect((await admin('GET', '/api/audit')).status).toBe(403)
  expect((await admin('GET', '/api/audit/check')).status).toBe(403)
  expect((await admin('GET', '/api/audit?project=team-b')).status).toBe(404)
})

it('is a chain that anybody can follow who has the export', async () => {
  await chain()
  const { status, body } = await tenants.operator('GET', '/api/audit/export')
  expect(status).toBe(200)
  const lines = (body as string).trimEnd().split('\n')
  const entries = lines.map((line) => JSON.parse(line) as Entry)
  expect(entries.length).toBeGreaterThan(5)
  let previous = createHash('sha256').digest('hex')
  for (const [index, { chain: link }] of entries.entries()) {
    const text = `${index + 1}\n${previous}\n${link?.sealed}`
    previous = createHash('sha256').update(text).digest('hex')
    expect(link).toMatchObject({ position: index + 1, hash: previous })
  }
  expect(await check()).toEqual({ ok: true, rows: entries.length, hash: previous })
})

it('takes what is written at once, and what comes to be seen late, each once', async () => {
  const late = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const slow = server.db.transaction().execute(async (db) => {
    await recordAudit(db, { actor: 'farm', action: 'test', object: 'slow' })
    begun.resolve()
    await late.promise
  })
  await begun.promise
  const write = async (object: string) =>
    recordAudit(server.db, { actor: 'farm', action: 'test', object })
  await Promise.all(Array.from({ length: 40 }, async (_, n) => write(`n-${n}`)))
  await Promise.all([chainAudit(server.db), chainAudit(server.db)])
  late.resolve()
  await slow
  await chain()
  const rows = await server.db
    .selectFrom('audit')
    .select(['object', 'position'])
    .where('action', '=', 'test')
    .orderBy('position')
    .execute()
  expect(rows).toHaveLength(41)
  expect(rows.at(-1)?.object).toBe('slow')
  expect(await check()).toMatchObject({ ok: true })
})

it.each([
  ['changed', async () => change(3, { actor: 'nobody' }), 3],
  ['changed', async () => change(3, { detail: '{"x":1}' }), 3],
  ['missing', async () => remove(4), 4],
])('finds a row that is %s, the first of them', async (problem, tamper, position) => {
  await sql`create table copy as select * from audit`.execute(server.db)
  await tamper()
  expect(await check()).toEqual({ ok: false, position, problem })
  await server.db.deleteFrom('audit').execute()
  await sql`insert into audit select * from copy`.execute(server.db)
  await sql`drop table copy`.execute(server.db)
})

it('finds that the last rows are gone', async () => {
  await chain()
  const { position } = await server.db
    .selectFrom('audit_head')
    .select('position')
    .executeTakeFirstOrThrow()
  await remove(position)
  expect(await check()).toEqual({ ok: false, position, problem: 'missing' })
})

async function change(position: number, set: { actor?: string; detail?: string }) {
  await server.db.updateTable('audit').set(set).where('position', '=', position).execute()
}

async function remove(position: number) {
  await server.db.deleteFrom('audit').where('position', '=', position).execute()
}
