import { afterAll, beforeAll, expect, it } from 'vitest'
import { dropOldKeys } from '../../records/repeat-keys.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { createTenants } from './tenants.ts'

let server: ServerAlone
let alice: string
let bob: string
beforeAll(async () => {
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_RATE_SUBMITS: '1000',
  })
  const tenants = createTenants(server)
  for (const project of ['team-a', 'team-b']) {
    await tenants.project(project)
    for (const user of ['alice', 'bob']) {
      await tenants.user(user)
      await tenants.member(project, user, 'builder')
    }
  }
  alice = (await tenants.token({ user: 'alice' })).token
  bob = (await tenants.token({ user: 'bob' })).token
})
afterAll(async () => server[Symbol.asyncDispose]())

async function submit(key: string, body: object, token = alice) {
  const reply = await fetch(new URL('/api/images/build', server.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ project: 'team-a', dockerfile: 'FROM scratch\nCOPY a /\n', ...body }),
  })
  const answer = (await reply.json()) as { build_id?: string; code?: string }
  return { ...answer, status: reply.status, repeated: reply.headers.has('idempotent-replayed') }
}

const rowsOf = async (name: string) =>
  (await server.db.selectFrom('builds').select('id').where('name', '=', name).execute()).length

const finish = async (id = '') =>
  server.db.updateTable('builds').set({ status: 'failed' }).where('id', '=', id).execute()

it('makes one build of a hundred copies of a request that come at once, and tells all of it', async () => {
  const copies = Array.from({ length: 100 }, async () => submit('k1', { name: 'once' }))
  const answers = await Promise.all(copies)
  expect(new Set(answers.map(({ status, build_id: id }) => `${status} ${id}`)).size).toBe(1)
  expect(answers[0]).toMatchObject({ status: 202, build_id: expect.stringMatching(/^build-/) })
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
  expect(await rowsOf('once')).toBe(1)
  const audited = server.db
    .selectFrom('audit')
    .select('action')
    .where('object', '=', answers[0]?.build_id ?? '')
  expect(await audited.execute()).toEqual([{ action: 'build.submit' }])
})

it('answers a copy as the first whatever has become of that, and of what it needed', async () => {
  const first = await submit('k2', { name: 'later' })
  await finish(first.build_id)
  const again = await submit('k2', { name: 'later' })
  expect(again).toEqual({ ...first, repeated: true })
})

it('refuses a key that was used for something else, also when both come at once', async () => {
  await submit('k3', { name: 'this' })
  const other = await submit('k3', { name: 'that' })
  expect(other).toMatchObject({ status: 422, code: 'key_reused' })
  const preview = await fetch(new URL('/api/environments', server.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${alice}`,
      'content-type': 'application/json',
      'idempotency-key': 'k3',
    },
    body: JSON.stringify({ project: 'team-a', image: 'nothing' }),
  })
  expect(await preview.json()).toMatchObject({ code: 'key_reused' })
  const both = await Promise.all(['left', 'right'].map(async (name) => submit('k4', { name })))
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([202, 422]))
  expect((await rowsOf('left')) + (await rowsOf('right'))).toBe(1)
})

it('keeps nothing of what was refused: it may be tried again with its key', async () => {
  const running = await submit('k5', { name: 'busy' })
  expect(await submit('k6', { name: 'busy' })).toMatchObject({ code: 'name_in_flight' })
  await finish(running.build_id)
  expect(await submit('k6', { name: 'busy' })).toMatchObject({ status: 202, repeated: false })
})

it('tells nobody of what others made with the same key, in the same project or another', async () => {
  const mine = await submit('k7', { name: 'mine' })
  const theirs = await submit('k7', { name: 'theirs' }, bob)
  const elsewhere = await submit('k7', { name: 'elsewhere', project: 'team-b' })
  expect([theirs, elsewhere]).toMatchObject([
    { status: 202, repeated: false },
    { status: 202, repeated: false },
  ])
  const tried = await submit('k7', { name: 'mine' }, bob)
  expect(tried).toMatchObject({ status: 422, code: 'key_reused' })
  expect(JSON.stringify(tried)).not.toContain(mine.build_id)
})

it('takes no key that is none', async () => {
  for (const key of ['', 'with blank', 'x'.repeat(256)]) {
    expect(await submit(key, { name: 'never' })).toMatchObject({
      status: 400,
      code: 'invalid_request',
      errors: [{ field: 'Idempotency-Key' }],
    })
  }
  expect(await rowsOf('never')).toBe(0)
})

async function submitMany(key: string, names: readonly string[], token = alice) {
  const builds = names.map((name) => ({
    project: name.startsWith('b/') ? 'team-b' : 'team-a',
    name,
    dockerfile: 'FROM scratch\nCOPY a /\n',
  }))
  const reply = await fetch(new URL('/api/images/build/batch', server.url), {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify({ builds }),
  })
  const answer = (await reply.json()) as { code?: string; builds?: { build_id?: string }[] }
  return { status: reply.status, answer, repeated: reply.headers.has('idempotent-replayed') }
}

it('makes the builds of a batch once, and answers each copy the same, whatever was refused of it', async () => {
  const names = ['many/1', 'many/2', 'NOT-A-NAME', 'b/many', 'many/1']
  const copies = Array.from({ length: 20 }, async () => submitMany('m1', names))
  const answers = await Promise.all(copies)
  expect(
    new Set(answers.map(({ status, answer }) => `${status} ${JSON.stringify(answer)}`)).size,
  ).toBe(1)
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
  expect(answers[0]?.answer).toMatchObject({
    accepted: 3,
    refused: 2,
    builds: [
      { build_id: expect.stringMatching(/^build-/), status: 'building' },
      { build_id: expect.stringMatching(/^build-/) },
      { problem: { code: 'invalid_name' } },
      { build_id: expect.stringMatching(/^build-/) },
      { problem: { code: 'name_in_flight' } },
    ],
  })
  for (const name of ['many/1', 'many/2', 'b/many']) expect(await rowsOf(name)).toBe(1)
  for (const { build_id: id } of answers[0]?.answer.builds ?? []) await finish(id)
  const later = await submitMany('m1', names)
  expect(later).toEqual({ ...answers[0], repeated: true })
})

it('refuses the key of a batch for another one, and keeps nothing of one that was refused whole', async () => {
  await submitMany('m2', ['other/1'])
  const other = await submitMany('m2', ['other/1', 'other/2'])
  expect(other).toMatchObject({ status: 422, answer: { code: 'key_reused' } })
  expect(await rowsOf('other/2')).toBe(0)
  expect(await submitMany('m2', ['other/3'], bob)).toMatchObject({ status: 202, repeated: false })
  const both = await Promise.all(
    ['left', 'right'].map(async (one) => submitMany('m3', [`many/${one}`])),
  )
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([202, 422]))
  const running = await submitMany('m4', ['busy/1'])
  const refused = await submitMany('m5', ['busy/1'])
  expect(refused).toMatchObject({ status: 202, answer: { accepted: 0 } })
  await finish(running.answer.builds?.[0]?.build_id)
  expect(await submitMany('m5', ['busy/1'])).toMatchObject({
    answer: { accepted: 1 },
    repeated: false,
  })
  const age = { created_at: new Date(Date.now() - 86_401_000) }
  await server.db.updateTable('batch_repeats').set(age).where('key', '=', 'm4').execute()
  await dropOldKeys(server.db)
  const left = server.db.selectFrom('batch_repeats').select('key').where('key', 'in', ['m4', 'm5'])
  expect(await left.execute()).toEqual([{ key: 'm5' }])
})

it('forgets keys after a day', async () => {
  const first = await submit('k8', { name: 'daily' })
  await finish(first.build_id)
  const age = { created_at: new Date(Date.now() - 86_401_000) }
  await server.db.updateTable('repeat_keys').set(age).where('key', '=', 'k8').execute()
  const second = await submit('k8', { name: 'daily' })
  expect(second).toMatchObject({ status: 202, repeated: false })
  expect(second.build_id).not.toBe(first.build_id)
  await server.db.updateTable('repeat_keys').set(age).where('key', '=', 'k8').execute()
  expect(await dropOldKeys(server.db)).toBe(false)
  const left = server.db.selectFrom('repeat_keys').select('key').where('key', '=', 'k8')
  expect(await left.execute()).toEqual([])
})
