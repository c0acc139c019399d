import { afterAll, beforeAll, expect, it } from 'vitest'
import { acceptEnvironment } from '../../records/environments.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'
import { makeThings } from './things.ts'

let server: ServerAlone
let operator: Call
let alice: Call
let viewer: Call
let stranger: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  const tenants = createTenants(server)
  operator = tenants.operator
  const callsOf = async (user: string) =>
    callsWith(server.url, (await tenants.token({ user, scopes: ['build'] })).token)
  for (const user of ['alice', 'viewer', 'stranger']) await tenants.user(user)
  for (const project of ['vision', 'speech']) await tenants.project(project)
  await tenants.member('vision', 'alice', 'builder')
  await tenants.member('vision', 'viewer', 'viewer')
  await tenants.member('speech', 'stranger', 'admin')
  ;[alice, viewer, stranger] = await Promise.all([
    callsOf('alice'),
    callsOf('viewer'),
    callsOf('stranger'),
  ])
})
afterAll(async () => server[Symbol.asyncDispose]())

it('tells those who see a build who asked for it, and nobody else', async () => {
  const submit = async (call: Call, name: string) =>
    (
      (
        await call('POST', '/api/images/build', {
          project: 'vision',
          name,
          dockerfile: 'FROM scratch\nCOPY a /\n',
        })
      ).body as { build_id: string }
    ).build_id
  const hers = await submit(alice, 'app:1')
  const nobodys = await submit(operator, 'app:2')
  expect(await viewer('GET', '/api/builds?project=vision')).toMatchObject({
    body: {
      builds: [
        { id: nobodys, submitted_by: null },
        { id: hers, submitted_by: 'alice' },
      ],
    },
  })
  expect(await viewer('GET', `/api/builds/${hers}`)).toMatchObject({
    body: { submitted_by: 'alice' },
  })
  expect((await stranger('GET', `/api/builds/${hers}`)).status).toBe(404)
  expect(await stranger('GET', '/api/builds')).toMatchObject({ body: { builds: [] } })
})

it('tells those who see an environment who made it, and nobody else', async () => {
  const { db } = server
  const { environment: without } = await makeThings(db, 'vision')
  const { project_id: project, version_id: version } = await db
    .selectFrom('environments')
    .select(['project_id', 'version_id'])
    .where('id', '=', without)
    .executeTakeFirstOrThrow()
  const id = 'env-of-alice'
  await acceptEnvironment(db, 'test', {
    id,
    user: 'alice',
    project_id: project,
    version_id: version,
    name: 'app:1',
    repository: 'app',
    digest: `sha256:${'0'.repeat(64)}`,
    gpu: false,
    cpu: 1,
    memoryBytes: 1024 ** 3,
    diskBytes: 1024 ** 3,
    command: undefined,
    ports: [],
    volumes: [],
    ttlSeconds: undefined,
    idleSeconds: undefined,
    repeat: undefined,
  })
  expect(await viewer('GET', `/api/environments/${id}`)).toMatchObject({
    body: { created_by: 'alice' },
  })
  const { body } = await viewer('GET', '/api/environments')
  const { environments } = body as { environments: { id: string; created_by: string | null }[] }
  const creators = new Map(environments.map((one) => [one.id, one.created_by]))
  expect(creators.get(id)).toBe('alice')
  expect(creators.get(without)).toBeNull()
  expect((await stranger('GET', `/api/environments/${id}`)).status).toBe(404)
})
