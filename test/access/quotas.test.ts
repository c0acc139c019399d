import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptRef } from '#contract/build.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { acceptEnvironment } from '../../records/environments.ts'
import { saveVolumes } from '../../records/nodes.ts'
import { storeVolumeUse } from '../../records/volume-use.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'
import { makeThings } from './things.ts'

let server: ServerAlone
let tenants: ReturnType<typeof createTenants>
let builder: Call
beforeAll(async () => {
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_RATE_SUBMITS: '4',
  })
  tenants = createTenants(server)
  await tenants.project('team-a')
  await tenants.user('builder')
  await tenants.member('team-a', 'builder', 'builder')
  builder = callsWith(server.url, (await tenants.token({ user: 'builder' })).token)
})
afterAll(async () => server[Symbol.asyncDispose]())

const quotas = '/api/projects/team-a/quotas'
const limit = async (change: object) =>
  expect((await tenants.operator('PATCH', quotas, change)).status).toBe(200)
const submit = async (name: string, call = tenants.operator) =>
  call('POST', '/api/images/build', {
    project: 'team-a',
    name,
    dockerfile: 'FROM scratch\nCOPY a /\n',
  })
const buildOf = ({ body }: { body: unknown }) => (body as { build_id: string }).build_id
const finish = async (id: string) =>
  server.db.updateTable('builds').set({ status: 'failed' }).where('id', '=', id).execute()

it('a project sees its use and its limits, which operators set', async () => {
  const none = { use: 0, limit: null }
  expect((await builder('GET', quotas)).body).toEqual({
    builds_queued: none,
    images: none,
    context_bytes: none,
    log_bytes: none,
    gpu_minutes: none,
    registry_bytes: none,
    volume_bytes: none,
    environments: none,
    environment_gpus: none,
  })
  expect((await builder('PATCH', quotas, { images: 9 })).status).toBe(403)
  await limit({ images: 3, builds_queued: 2 })
  await limit({ images: 4 })
  expect((await builder('GET', quotas)).body).toMatchObject({
    images: { use: 0, limit: 4 },
    builds_queued: { use: 0, limit: 2 },
    log_bytes: none,
  })
  for (const wrong of [{}, { images: -1 }, { images: 1.5 }, { pods: 1 }]) {
    expect((await tenants.operator('PATCH', quotas, wrong)).status).toBe(400)
  }
  await limit({ images: null, builds_queued: null })
})

it('builds are refused beyond those that may wait, however many come at once', async () => {
  await limit({ builds_queued: 2 })
  const answers = await Promise.all(
    ['a', 'b', 'c', 'd', 'e'].map(async (one) => submit(`q/${one}`)),
  )
  const accepted = answers.filter(({ status }) => status === 202)
  expect(accepted).toHaveLength(2)
  expect(answers.find(({ status }) => status !== 202)).toMatchObject({
    status: 403,
    body: { code: 'quota_builds_queued', detail: '2 of 2 are used' },
  })
  const [first, second] = accepted.map(buildOf)
  const placed = { build_id: first ?? '', number: 1, node_id: 'n', reason: '' }
  await server.db
    .insertInto('attempts')
    .values({ ...placed, incarnation: randomUUID() })
    .execute()
  const next = await submit('q/f')
  expect(next.status).toBe(202)
  for (const id of [first, second, buildOf(next)]) await finish(id ?? '')
  await limit({ builds_queued: null })
})

it('images are counted with those that are being built, and one that there is counts once', async () => {
  await limit({ images: 1 })
  const first = await submit('i/one')
  expect(first.status).toBe(202)
  expect(await submit('i/two')).toMatchObject({ status: 403, body: { code: 'quota_images' } })
  await finish(buildOf(first))
  const project = await server.db
    .selectFrom('builds')
    .select('project_id')
    .where('id', '=', buildOf(first))
    .executeTakeFirstOrThrow()
  const image = { name: 'i/one', repository: 'i/one', tag: 'latest', description: '' }
  await server.db
    .insertInto('images')
    .values({ ...image, ...project, category: '', registry: '', size: 1, visibility: 'project' })
    .execute()
  const again = await submit('i/one')
  expect(again.status).toBe(202)
  await finish(buildOf(again))
  await limit({ images: null })
})

it('what builds leave behind is counted before the next one', async () => {
  const build = await submit('left/one')
  const id = buildOf(build)
  await finish(id)
  await server.db
    .insertInto('logs')
    .values({ build_id: id, attempt: 1, stored_bytes: 500 })
    .execute()
  await limit({ log_bytes: 500 })
  expect(await submit('left/two')).toMatchObject({
    status: 403,
    body: { code: 'quota_log_bytes', detail: '500 of 500 are used' },
  })
  await limit({ log_bytes: null, gpu_minutes: 0 })
  expect(await submit('left/two')).toMatchObject({ body: { code: 'quota_gpu_minutes' } })
  await limit({ gpu_minutes: null, registry_bytes: 0 })
  expect(await submit('left/two')).toMatchObject({ body: { code: 'quota_registry_bytes' } })
  await limit({ registry_bytes: null })
})

/** Accepts environments like another, by the name of each. */
async function accepting(like: string) {
  const row = await server.db
    .selectFrom('environments')
    .select(['project_id', 'version_id', 'name', 'repository', 'digest'])
    .where('id', '=', like)
    .executeTakeFirstOrThrow()
  return async (id: string, gpu: boolean) =>
    acceptEnvironment(server.db, 'test', {
      ...row,
      id,
      gpu,
      cpu: 1,
      memoryBytes: 1,
      diskBytes: 1,
      command: undefined,
      ports: [],
      volumes: [],
      ttlSeconds: undefined,
      idleSeconds: undefined,
      repeat: undefined,
    })
}

it('an environment with a GPU is refused, also one that is started again, once the minutes are used', async () => {
  const { db } = server
  const { environment, node } = await makeThings(db, 'team-a')
  const accept = await accepting(environment)
  const start = async () => tenants.operator('POST', `/api/environments/${environment}/start`)
  await db.updateTable('environments').set({ gpu: true }).where('id', '=', environment).execute()
  // One minute and a part of another, by a start that has ended.
  const lease = { uuid: 'GPU-1', node_id: node, incarnation: randomUUID(), attempt: 1 }
  const minuteAgo = new Date(Date.now() - 60_000)
  await db
    .insertInto('gpu_leases')
    .values({
      ...lease,
      environment_id: environment,
      purpose: 'environment',
      gpu: '{}',
      granted_at: new Date(Date.now() - 150_000),
      released_at: minuteAgo,
      leased_until: minuteAgo,
    })
    .execute()
  await limit({ gpu_minutes: 2 })
  expect((await builder('GET', quotas)).body).toMatchObject({ gpu_minutes: { use: 2, limit: 2 } })
  await expect(accept('env-refused', true)).rejects.toMatchObject({
    quota: 'gpu_minutes',
    message: '2 of 2 are used',
  })
  expect(await start()).toMatchObject({
    status: 403,
    body: { code: 'quota_gpu_minutes', detail: '2 of 2 are used' },
  })
  const stored = db.selectFrom('environments').select('id').where('id', '=', 'env-refused')
  expect(await stored.execute()).toEqual([])
  // One without a GPU uses none.
  expect(await accept('env-without', false)).toBe(true)
  await limit({ gpu_minutes: 3 })
  expect(await accept('env-with', true)).toBe(true)
  expect((await start()).status).toBe(202)
  await limit({ gpu_minutes: null })
})

it('an environment is refused beyond those, and the GPUs of those, that a project may have', async () => {
  const { db } = server
  const { environment } = await makeThings(db, 'team-a')
  const accept = await accepting(environment)
  const { body } = await builder('GET', quotas)
  const { environments, environment_gpus: gpus } = body as Record<string, { use: number }>
  const [all, held] = [environments?.use ?? 0, gpus?.use ?? 0]
  await limit({ environments: all + 2, environment_gpus: held + 1 })
  expect(await accept('env-one-gpu', true)).toBe(true)
  await expect(accept('env-two-gpus', true)).rejects.toMatchObject({ quota: 'environment_gpus' })
  expect(await accept('env-last', false)).toBe(true)
  await expect(accept('env-too-many', false)).rejects.toMatchObject({
    quota: 'environments',
    message: `${all + 2} of ${all + 2} are used`,
  })
  // One that rests counts as an environment, and holds no GPU until it starts again.
  const rest = async (id: string) =>
    db.updateTable('environments').set({ state: 'stopped' }).where('id', '=', id).execute()
  await rest('env-one-gpu')
  await db.updateTable('environments').set({ gpu: true }).where('id', '=', 'env-last').execute()
  expect(await tenants.operator('POST', '/api/environments/env-one-gpu/start')).toMatchObject({
    status: 403,
    body: { code: 'quota_environment_gpus' },
  })
  await rest('env-last')
  expect((await tenants.operator('POST', '/api/environments/env-one-gpu/start')).status).toBe(202)
  await limit({ environments: null, environment_gpus: null })
})

it('an environment that writes in volumes of the project is refused once they are full', async () => {
  const { db } = server
  const { environment, node } = await makeThings(db, 'team-a')
  const space = { total_bytes: 1, free_bytes: 1 }
  await saveVolumes(db, node, [
    { name: 'scratch', mode: 'projects', ...space },
    { name: 'shared', mode: 'rw', ...space },
  ])
  const { project_id: project } = await db
    .selectFrom('environments')
    .select('project_id')
    .where('id', '=', environment)
    .executeTakeFirstOrThrow()
  await storeVolumeUse(db, project, [
    { name: 'scratch', bytes: 500 },
    // Nobody offers it any more.
    { name: 'gone', bytes: 9000 },
  ])
  await limit({ volume_bytes: 500 })
  expect((await builder('GET', quotas)).body).toMatchObject({
    volume_bytes: { use: 500, limit: 500 },
  })
  const start = async (volume: string, readOnly: boolean) => {
    const volumes = JSON.stringify([{ volume, path: '/data', read_only: readOnly }])
    await sql`update environments set volumes = ${volumes}::jsonb, state = 'stopped'
      where id = ${environment}`.execute(db)
    return tenants.operator('POST', `/api/environments/${environment}/start`)
  }
  expect(await start('scratch', false)).toMatchObject({
    status: 403,
    body: { code: 'quota_volume_bytes', detail: '500 of 500 are used' },
  })
  expect((await start('scratch', true)).status).toBe(202)
  expect((await start('shared', false)).status).toBe(202)
  await storeVolumeUse(db, project, [{ name: 'scratch', bytes: 499 }])
  expect((await start('scratch', false)).status).toBe(202)
  await limit({ volume_bytes: null })
})

it('contexts are refused beyond the bytes that a project may keep, and the same ones are not', async () => {
  const upload = async (text: string) => {
    const form = new FormData()
    form.append('file', new Blob([text]), 'a')
    const reply = await fetch(new URL('/api/contexts?project=team-a', server.url), {
      method: 'POST',
      body: form,
    })
    return [reply.status, await reply.json()]
  }
  const [status, kept] = await upload('x'.repeat(2000))
  expect(status).toBe(201)
  await limit({ context_bytes: (kept as { bytes: number }).bytes + 100 })
  expect(await upload('x'.repeat(2000))).toEqual([201, kept])
  expect(await upload('y'.repeat(2000))).toMatchObject([403, { code: 'quota_context_bytes' }])
  await limit({ context_bytes: null })
  expect(await upload('y'.repeat(2000))).toMatchObject([201, {}])
})

describe('an attempt', () => {
  const ofDefault = async (change: object) =>
    tenants.operator('PATCH', '/api/projects/default/quotas', change)
  const use = async () => {
    const { body } = await tenants.operator('GET', '/api/projects/default/quotas')
    return (body as { registry_bytes: { use: number } }).registry_bytes.use
  }
  const begin = async (name: string, stage: 'verifying' | 'pushing') => {
    const ref = await server.begin(name, 'FROM scratch\nCOPY a /\n')
    expect((await server.agent(ref, 'POST', `stages/${stage}`)).status).toBe(200)
    return ref
  }
  const blobs = (letter: string, bytes: number) => [
    { digest: `sha256:${letter.repeat(64)}`, bytes },
    { digest: `sha256:${'0'.repeat(64)}`, bytes: 100 },
  ]
  const push = async (ref: AttemptRef, letter: string, bytes: number) => {
    const body = { failed: false, blobs: blobs(letter, bytes) }
    const reply = await server.agent(ref, 'POST', 'push', body)
    return [reply.status, await reply.json()] as const
  }

  it('is refused before it pushes more than its project may have, with those that push already', async () => {
    await ofDefault({ registry_bytes: 1000 })
    const first = await begin('p/1', 'pushing')
    const second = await begin('p/2', 'pushing')
    const third = await begin('p/3', 'pushing')
    expect(await push(first, 'a', 500)).toMatchObject([200, { state: 'go' }])
    // It has what was set aside for it, however often it asks.
    expect(await push(first, 'a', 500)).toMatchObject([200, { state: 'go' }])
    expect(await use()).toBe(600)
    const code = 'quota_registry_bytes'
    const detail = '600 of 1000 are used, and 500 more are wanted'
    expect(await push(second, 'b', 400)).toMatchObject([403, { code, detail }])
    await finish(first.buildId)
    expect(await use()).toBe(0)
    expect(await push(second, 'b', 400)).toMatchObject([200, { state: 'go' }])
    await ofDefault({ registry_bytes: null })
    expect(await push(third, 'c', 5000)).toMatchObject([200, { state: 'go' }])
    for (const { buildId } of [second, third]) await finish(buildId)
  })

  it('gets no GPU once its project has used its minutes, and is told so', async () => {
    const ref = await begin('g/1', 'verifying')
    await server.db
      .updateTable('attempts')
      .from('nodes')
      .set((set) => ({ incarnation: set.ref('nodes.incarnation') }))
      .whereRef('nodes.id', '=', 'attempts.node_id')
      .where('build_id', '=', ref.buildId)
      .execute()
    await ofDefault({ gpu_minutes: 0 })
    const digest = `sha256:${'0'.repeat(64)}`
    const reply = await server.agent(ref, 'POST', 'gpu', { digest, needs: {} })
    expect(await reply.json()).toEqual({
      state: 'none',
      elsewhere: false,
      reason: 'the project has used its GPU minutes of the last 30 days: 0 of 0 are used',
    })
    await ofDefault({ gpu_minutes: null })
    await finish(ref.buildId)
  })
})

it('a token that submits too often is told when to come back', async () => {
  const statuses = []
  for (let n = 0; n < 5; n += 1) statuses.push((await submit(`r/${n}`, builder)).status)
  expect(statuses).toEqual([202, 202, 202, 202, 429])
  const { token } = await tenants.token({ user: 'builder' })
  const post = async () =>
    fetch(new URL('/api/images/build', server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: '{}',
    })
  for (let n = 0; n < 4; n += 1) expect((await post()).status).toBe(400)
  const refused = await post()
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.json()).toMatchObject({ code: 'rate_limited' })
})
