import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { pino } from 'pino'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { finishBuild } from '../../records/end-build.ts'
import { createKeyRing } from '../../server/secrets/key-ring.ts'
import { createVault } from '../../server/secrets/vault.ts'
import { createDeliverer } from '../../server/webhooks/deliver.ts'
import { keptMs } from '../../server/webhooks/patience.ts'
import { resolveHost } from '../../server/webhooks/public-address.ts'
import { sweepDeliveries } from '../../records/webhook-deliveries.ts'
import { callsWith, type Call } from '../access/tenants.ts'
import { runInProcess } from '../cli/kit/in-process.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const path = '/api/projects/default/webhooks'
const key = randomBytes(32)

let server: ServerAlone
let receiver: Receiver
let call: Call
beforeAll(async () => {
  receiver = await startReceiver()
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_SECRETS_KEY: key.toString('base64'),
  })
  call = callsWith(server.url)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await server.db.deleteFrom('webhooks').execute()
  receiver.received.length = 0
  receiver.answer = { status: 204 }
})

interface Hook {
  readonly id: string
  readonly secret: string
}

const create = async (url = receiver.url, events?: readonly string[]): Promise<Hook> => {
  const { status, body } = await call('POST', path, { url, ...(events && { events }) })
  expect([status, body]).toEqual([201, expect.anything()])
  return body as Hook
}

interface Delivery {
  readonly id: number
  readonly event: string
  readonly state: string
  readonly tries: number
  readonly problem: string | null
  readonly data: Readonly<Record<string, unknown>>
}

const deliveriesOf = async ({ id }: Hook, query = ''): Promise<readonly Delivery[]> => {
  const { body } = await call('GET', `${path}/${id}/deliveries${query}`)
  return (body as { deliveries: readonly Delivery[] }).deliveries
}

/** One round of the server's own loop, with the receiver's host allowed. */
const deliver = async (allowedHosts: readonly string[] = [receiver.host]) => {
  const deliverer = createDeliverer(
    {
      db: server.db,
      vault: createVault(server.db, createKeyRing([key])),
      allowedHosts,
      resolve: resolveHost,
      random: () => 0.5,
      now: Date.now,
      log: pino({ level: 'silent' }),
    },
    new AbortController().signal,
  )
  while (await deliverer.work());
  await deliverer.settled()
}

const dueNow = async () =>
  server.db
    .updateTable('webhook_deliveries')
    .set({ next_try_at: new Date(0) })
    .where('state', '=', 'pending')
    .execute()

let names = 0
const submit = async () => {
  names += 1
  const wanted = { name: `hooked:${names}`, dockerfile: 'FROM scratch\nCOPY a /\n' }
  const { body } = await call('POST', '/api/images/build', wanted)
  return (body as { build_id: string }).build_id
}

describe('a webhook', () => {
  it('is told of builds in the transaction that changes them, signed as Standard Webhooks says', async () => {
    const hook = await create()
    const buildId = await submit()
    await finishBuild(server.db, {
      buildId,
      status: 'failed',
      failure: { code: 'step_failed', message: 'x' },
    })
    await deliver()
    expect(receiver.received).toHaveLength(2)
    for (const { headers, body } of receiver.received) {
      const told = new Webhook(hook.secret).verify(body, headers as Record<string, string>)
      expect(told).toMatchObject({ data: { project: 'default', build_id: buildId } })
    }
    const types = receiver.received.map(({ body }) => JSON.parse(body) as { type: string })
    expect(types).toMatchObject([
      { type: 'build.queued' },
      { type: 'build.failed', data: { failure: 'step_failed', status: 'failed' } },
    ])
    expect(await deliveriesOf(hook)).toMatchObject([
      { state: 'delivered', tries: 1 },
      { state: 'delivered', tries: 1 },
    ])
  })

  it('hears nothing of a change that is not committed', async () => {
    const hook = await create()
    const failing = server.db.transaction().execute(async (db) => {
      await db
        .updateTable('projects')
        .set({ name: 'default' })
        .where('name', '=', 'default')
        .execute()
      await sql`select kiln_tell_webhooks(id, 'build.queued', '{}') from projects`.execute(db)
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await deliveriesOf(hook)).toEqual([])
  })

  it('hears only of what it wants', async () => {
    const hook = await create(receiver.url, ['build.cancelled'])
    const buildId = await submit()
    await finishBuild(server.db, { buildId, status: 'cancelled' })
    expect(await deliveriesOf(hook)).toMatchObject([{ event: 'build.cancelled' }])
  })

  it('is told again after a failure, with the same id and bytes, and later each time', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    await submit()
    receiver.answer = { status: 500 }
    await deliver()
    await deliver()
    expect(receiver.received).toHaveLength(1)
    await dueNow()
    receiver.answer = { status: 200 }
    await deliver()
    const [first, second] = receiver.received
    expect(second?.body).toBe(first?.body)
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'delivered', tries: 2 }])
  })

  it('that fails for long is given up and disabled with the reason, and goes on when it is let', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    await submit()
    receiver.answer = { status: 503 }
    for (let tries = 0; tries < 9; tries += 1) {
      await dueNow()
      await deliver()
      await server.db
        .updateTable('webhooks')
        .set({ failing_since: new Date(Date.now() - 25 * 60 * 60_000) })
        .where('failing_since', 'is not', null)
        .execute()
    }
    expect(await deliveriesOf(hook, '?state=dead')).toMatchObject([
      { state: 'dead', tries: 9, problem: 'answered with 503' },
    ])
    const disabled = await call('GET', `${path}/${hook.id}`)
    expect(disabled.body).toMatchObject({
      enabled: false,
      disabled_because: expect.stringContaining('503'),
    })
    await submit()
    expect(await deliveriesOf(hook)).toHaveLength(1)
    await call('PATCH', `${path}/${hook.id}`, { enabled: true })
    const [dead] = await deliveriesOf(hook)
    receiver.answer = { status: 204 }
    const replayed = await call('POST', `${path}/${hook.id}/deliveries/${dead?.id}/replay`)
    expect(replayed.status).toBe(204)
    await deliver()
    expect(await deliveriesOf(hook)).toMatchObject([{ state: 'delivered' }])
  })

  it('is disabled at once by a receiver that is gone', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    await submit()
    receiver.answer = { status: 410 }
    await deliver()
    expect((await call('GET', `${path}/${hook.id}`)).body).toMatchObject({ enabled: false })
  })

  it('follows no redirect, and reads nothing of an answer', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    await submit()
    receiver.answer = { status: 302, headers: { location: 'http://127.0.0.1:1/' } }
    await deliver()
    expect(receiver.received).toHaveLength(1)
    expect(await deliveriesOf(hook)).toMatchObject([{ problem: 'answered with 302' }])
  })

  it('that leads inside the farm is told nothing unless the operator allows it', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    await submit()
    await deliver([])
    expect(receiver.received).toHaveLength(0)
    expect(await deliveriesOf(hook)).toMatchObject([
      { state: 'pending', problem: expect.stringContaining('does not allow this host') },
    ])
  })

  it('signs with both secrets for a day after a rotation', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    const rotated = await call('POST', `${path}/${hook.id}/rotate`)
    const { secret } = rotated.body as Hook
    expect(secret).not.toBe(hook.secret)
    await submit()
    await deliver()
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received
    for (const one of [secret, hook.secret]) {
      new Webhook(one).verify(body, headers as Record<string, string>)
    }
  })

  it('is tried by a test', async () => {
    const hook = await create(receiver.url, ['build.failed'])
    const { status } = await call('POST', `${path}/${hook.id}/test`)
    expect(status).toBe(202)
    await deliver()
    expect(receiver.received).toHaveLength(1)
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ type: 'webhook.test' })
  })

  it('never shows its secret again, and lies sealed', async () => {
    const hook = await create()
    const { body } = await call('GET', `${path}/${hook.id}`)
    expect(JSON.stringify(body)).not.toContain('whsec_')
    const rows = await server.db.selectFrom('webhooks').select('secret').execute()
    expect(rows[0]?.secret.toString('latin1')).not.toContain(hook.secret.slice(6, 30))
  })

  it('is refused with a login in its address or without one, and beyond so many', async () => {
    const login = await call('POST', path, { url: 'https://a:b@hooks.example.com/' })
    expect(login).toMatchObject({ status: 400, body: { errors: [{ field: 'url' }] } })
    expect(await call('POST', path, { url: 'no address' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'url' }] },
    })
    for (let made = 0; made < 20; made += 1) await create()
    expect(await call('POST', path, { url: receiver.url })).toMatchObject({
      status: 409,
      body: { code: 'too_many_webhooks' },
    })
  })
})

describe('deliveries', () => {
  it('are read in pages', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    for (let made = 0; made < 3; made += 1) await call('POST', `${path}/${hook.id}/test`)
    const first = await call('GET', `${path}/${hook.id}/deliveries?limit=2`)
    const { deliveries, next_cursor } = first.body as {
      deliveries: readonly Delivery[]
      next_cursor: string
    }
    const rest = await deliveriesOf(hook, `?limit=2&cursor=${next_cursor}`)
    expect(new Set([...deliveries, ...rest].map(({ id }) => id)).size).toBe(3)
  })

  it('that ended long ago are forgotten, and others are not', async () => {
    const hook = await create(receiver.url, ['build.queued'])
    for (let made = 0; made < 2; made += 1) await call('POST', `${path}/${hook.id}/test`)
    await deliver()
    const [old] = await deliveriesOf(hook)
    await server.db
      .updateTable('webhook_deliveries')
      .set({ ended_at: new Date(Date.now() - keptMs - 1000) })
      .where('id', '=', old?.id ?? 0)
      .execute()
    await sweepDeliveries(server.db, keptMs)
    expect((await deliveriesOf(hook)).map(({ id }) => id)).not.toContain(old?.id)
    expect(await deliveriesOf(hook)).toHaveLength(1)
  })

  it('are told in audit rows where somebody asked for them', async () => {
    const hook = await create()
    await call('POST', `${path}/${hook.id}/test`)
    const rows = await server.db
      .selectFrom('audit')
      .select('action')
      .where('object', '=', `default/${hook.id}`)
      .orderBy('seq')
      .execute()
    expect(rows.map(({ action }) => action)).toEqual(['webhook.create', 'webhook.test'])
  })
})

describe('the command line', () => {
  it('makes one, tells what it was told, sends that again, and takes it away', async () => {
    const surroundings = { server: server.url.href, home: '/nonexistent' }
    const webhooks = async (...args: readonly string[]) =>
      runInProcess(['webhooks', ...args], surroundings)
    const made = await webhooks('create', receiver.url, '--event', 'build.failed')
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^whsec_\S+\n$/) })
    const id = /hook-\w+/.exec(made.stderr)?.[0] ?? ''
    await call('POST', `${path}/${id}/test`)
    await deliver()

    const told = await webhooks('deliveries', id, '--state', 'delivered', '--json')
    const { deliveries } = JSON.parse(told.stdout) as { deliveries: readonly Delivery[] }
    expect(deliveries).toMatchObject([{ event: 'webhook.test', state: 'delivered' }])
    const number = String(deliveries[0]?.id)
    expect(await webhooks('replay', id, number)).toMatchObject({ code: 0 })
    await deliver()
    expect(receiver.received).toHaveLength(2)

    const listed = await webhooks('ls')
    expect(listed.stdout).toMatch(new RegExp(`${id} +${receiver.url} +build.failed +on`))
    expect(listed.stdout).not.toContain('whsec_')
    expect(await webhooks('rm', id, '--json')).toMatchObject({ code: 0 })
    expect(JSON.parse((await webhooks('--json')).stdout)).toEqual({ webhooks: [] })
    expect(await webhooks('create', receiver.url, '--event', 'build.exploded')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('build.cancelled'),
    })
  })
})
