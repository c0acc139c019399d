import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createListener } from '../../records/listen.ts'
import { until } from '../../process/until.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'

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
const read = async (id: string) =>
  server.db.selectFrom('registry_hints').selectAll().where('event_id', 'like', `${id}%`).execute()

it('keeps what Harbor tells once, however often it tells it, and wakes whoever looks (6)', async () => {
  const id = randomUUID()
  let heard = 0
  await using listener = createListener(server.databaseUrl, ['kiln_registry'])
  using _ = listener.on('kiln_registry', () => void (heard += 1))
  const woken = async () => (await send(event(randomUUID()))).status === 204 && heard > 0
  await until(woken, { what: 'the wake-up', limitMs: 30_000, everyMs: 50 })
  expect((await send(event(id))).status).toBe(204)
  expect((await send(event(id))).status).toBe(204)
  expect(await read(id)).toMatchObject([
    { type: 'harbor.scan.completed', repository: 'kiln/team/app', digest },
  ])
})

it('takes the older form, too, and an event without an artifact (6)', async () => {
  const older = { type: 'DELETE_ARTIFACT', occur_at: Date.now(), event_data: event('').data }
  expect((await send(older)).status).toBe(204)
  const id = randomUUID()
  const quota = { ...event(id), type: 'harbor.quota.exceeded', data: { resources: null } }
  expect((await send(quota)).status).toBe(204)
  expect(await read(id)).toMatchObject([{ repository: '', digest: null }])
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
