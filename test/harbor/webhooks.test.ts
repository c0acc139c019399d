import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createListener } from '../../records/listen.ts'
import { until } from '../../process/until.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'

// What Harbor sends to the address of a policy: CloudEvents or its older form (README of the fake, number 6).

const secret = 'a-secret-of-the-webhook'
const apiToken = 'a-token-of-the-api-here'
const digest = `sha256:${'a'.repeat(64)}`
let server: ServerAlone
beforeAll(async () => {
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_HARBOR_WEBHOOK_SECRET: secret,
    KILN_API_TOKEN: apiToken,
  })
})
afterAll(async () => server[Symbol.asyncDispose]())

const send = async (body: object | string, authorization = `Bearer ${secret}`) =>
  fetch(new URL('/api/webhooks/harbor', server.url), {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/cloudevents+json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const event = (id: string) => ({
  specversion: '1.0',
  id,
  type: 'harbor.scan.completed',
  source: '/projects/1/webhook/policies/1',
  data: {
    resources: [{ digest, tag: '1.0-v1' }],
    repository: { repo_full_name: 'kiln/team/app' },
  },
})
/** A version of `repository` that was looked at today. @returns whether it is to be looked at again now. */
async function publish(repository: string) {
  const reply = await fetch(new URL('/api/images/build', server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `${repository}:1`, dockerfile: 'FROM scratch\nCOPY a /\n' }),
  })
  const { build_id: id } = (await reply.json()) as { build_id: string }
  await sql`
    with image as (
      insert into images (name, description, category, registry, repository, tag, size, visibility, project_id)
      select name, '', '', '127.0.0.1:1/kiln/' || repository, repository, tag, 1, 'project', project_id
      from builds where id = ${id} returning id)
    insert into versions (image_id, number, build_id, digest, size, check_at)
    select id, 1, ${id}, ${digest}, 1, now() + interval '1 day' from image`.execute(server.db)
  return async () => {
    const version = await server.db
      .selectFrom('versions')
      .select(sql<boolean>`check_at <= now()`.as('due'))
      .where('build_id', '=', id)
      .executeTakeFirstOrThrow()
    return version.due
  }
}

it('has the version looked at that Harbor tells of, and wakes whoever looks (6)', async () => {
  const [told, other] = [await publish('team/app'), await publish('team/other')]
  let heard = 0
  await using listener = createListener(server.databaseUrl, ['kiln_facts'], (error) => {
    throw error
  })
  using _ = listener.on('kiln_facts', () => void (heard += 1))
  // The first call is of the connection itself.
  await until(async () => heard > 0, { what: 'the listener', limitMs: 30_000, everyMs: 50 })
  const before = heard
  const absent = {
    ...event(randomUUID()).data,
    resources: [{ digest: `sha256:${'b'.repeat(64)}` }],
  }
  expect((await send({ ...event(randomUUID()), data: absent })).status).toBe(204)
  expect(await told()).toBe(false)
  expect((await send(event(randomUUID()))).status).toBe(204)
  expect(await told()).toBe(true)
  expect(await other()).toBe(false)
  const woken = async () => heard > before
  await until(woken, { what: 'the wake-up', limitMs: 30_000, everyMs: 50 })
})

it('takes the older form, too, and an event without an artifact (6)', async () => {
  const told = await publish('team/older')
  const data = { resources: [], repository: { repo_full_name: 'kiln/team/older' } }
  const older = { type: 'DELETE_ARTIFACT', occur_at: Date.now(), event_data: data }
  expect((await send(older)).status).toBe(204)
  expect(await told()).toBe(true)
  const quota = { ...event(randomUUID()), type: 'harbor.quota.exceeded', data: { resources: null } }
  expect((await send(quota)).status).toBe(204)
})

it('refuses text that no database takes, and names the field', async () => {
  const data = { resources: [], repository: { repo_full_name: 'kiln/a\0b' } }
  const reply = await send({ ...event(randomUUID()), data })
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({
    errors: [{ field: 'data.repository.repo_full_name' }],
  })
})

it('listens to nobody without the secret, whatever else they know', async () => {
  for (const wrong of ['', 'Bearer wrong', `Bearer ${apiToken}`, secret])
    expect((await send(event(randomUUID()), wrong)).status).toBe(401)
  const images = new URL('/api/images', server.url)
  const headers = { authorization: `Bearer ${secret}` }
  expect((await fetch(images, { headers })).status).toBe(401)
})

it('says what is no event', async () => {
  expect((await send('{')).status).toBe(400)
  expect(await (await send({ hello: 1 })).json()).toMatchObject({ code: 'invalid_request' })
})
