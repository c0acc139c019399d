import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'

let server: ServerAlone
let tenants: ReturnType<typeof createTenants>
let builder: Call
beforeAll(async () => {
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_RATE_SUBMITS: '100',
    KILN_SECRETS_KEY: randomBytes(32).toString('base64'),
  })
  tenants = createTenants(server)
  for (const project of ['team-a', 'team-b']) await tenants.project(project)
  await tenants.user('builder')
  await tenants.member('team-a', 'builder', 'builder')
  builder = callsWith(server.url, (await tenants.token({ user: 'builder' })).token)
})
afterAll(async () => server[Symbol.asyncDispose]())

interface Answer {
  readonly accepted: number
  readonly refused: number
  readonly builds: readonly {
    readonly build_id?: string
    readonly problem?: { readonly code: string }
  }[]
}

const path = '/api/images/build/batch'
const dockerfile = 'FROM scratch\nCOPY a /\n'
const build = (name: string, more: object = {}) => ({
  project: 'team-a',
  name,
  dockerfile,
  ...more,
})
async function submit(builds: readonly object[], call = builder) {
  const { status, body } = await call('POST', path, { builds })
  expect(status).toBe(202)
  return body as Answer
}
const codes = ({ builds }: Answer) => builds.map(({ problem }) => problem?.code)

it('accepts what is right and says of each other what is wrong with it, in their order', async () => {
  await submit([build('b/running')])
  const answer = await submit([
    build('b/first'),
    build('b/line', { dockerfile: 'FROM scratch\nFOO\n' }),
    build('b/field', { tags: 1 }),
    build('NOT-A-NAME'),
    build('b/other', { project: 'team-b' }),
    build('b/running:latest'),
    build('ubuntu22-cuda:12.0'),
    build('b/first'),
    build('b/context', { context: `sha256:${'0'.repeat(64)}` }),
    build('b/last', { description: 'it is the "last"\n' }),
  ])
  expect(codes(answer)).toEqual([
    undefined,
    'dockerfile_invalid',
    'invalid_request',
    'invalid_name',
    'project_unknown',
    'name_in_flight',
    'official_name',
    'name_in_flight',
    'context_unknown',
    undefined,
  ])
  expect(answer).toMatchObject({ accepted: 2, refused: 8 })
  expect(answer.builds[0]).toMatchObject({ status: 'building' })
  expect(answer.builds[1]).toMatchObject({
    problem: { status: 422, errors: [{ field: 'dockerfile', line: 2 }] },
  })
  const ids = answer.builds.flatMap(({ build_id: id }) => id ?? [])
  const stored = await server.db
    .selectFrom('builds')
    .select(['name', 'description', 'dockerfile', 'status', 'stage', 'priority', 'generation'])
    .where('id', 'in', ids)
    .orderBy('id')
    .execute()
  const common = {
    dockerfile,
    status: 'building',
    stage: 'queued',
    priority: 'interactive',
    generation: 0,
  }
  expect(stored).toEqual([
    { name: 'b/first', description: '', ...common },
    { name: 'b/last', description: 'it is the "last"\n', ...common },
  ])
  const audit = await server.db
    .selectFrom('audit')
    .innerJoin('projects', 'projects.id', 'audit.project_id')
    .select(['object', 'action', 'projects.name as project', 'detail'])
    .where('object', 'in', ids)
    .orderBy('object')
    .execute()
  expect(audit).toEqual(
    ['b/first', 'b/last'].map((name, index) => ({
      object: ids[index],
      action: 'build.submit',
      project: 'team-a',
      detail: { name },
    })),
  )
  const outbox = server.db.selectFrom('outbox').select('action').where('build_id', 'in', ids)
  expect(await outbox.execute()).toEqual([{ action: 'start' }, { action: 'start' }])
  expect((await builder('GET', `/api/builds/${ids[0]}`)).body).toMatchObject({ name: 'b/first' })
})

it('lets a repository belong to one project, also of builds that come together', async () => {
  const both = [build('shared/one:1'), build('shared/one:2', { project: 'team-b' })]
  expect(codes(await submit(both, tenants.operator))).toEqual([undefined, 'name_taken'])
  const later = build('shared/one:3', { project: 'team-b' })
  expect(codes(await submit([later], tenants.operator))).toEqual(['name_taken'])
})

it('gives what is left of a quota to those that come first', async () => {
  const quotas = '/api/projects/team-b/quotas'
  await tenants.operator('PATCH', quotas, { builds_queued: 3 })
  const many = Array.from({ length: 5 }, (_, n) => build(`quota/${n}`, { project: 'team-b' }))
  const mixed = [...many, build('quota/other')]
  const answer = await submit(mixed, tenants.operator)
  const full = 'quota_builds_queued'
  expect(codes(answer)).toEqual([undefined, undefined, undefined, full, full, undefined])
  await tenants.operator('PATCH', quotas, { builds_queued: null })
})

it('takes as many as it says, and builds with secrets among them', async () => {
  await tenants.operator('PUT', '/api/projects/team-a/secrets/token', { value: 'not-to-be-told' })
  const options = { secrets: [{ id: 't', secret: 'token' }] }
  const many = Array.from({ length: 499 }, (_, n) => build(`many/${n}`))
  const answer = await submit([...many, build('many/499', { options })])
  expect(answer).toMatchObject({ accepted: 500, refused: 0 })
  const secrets = await server.db.selectFrom('build_secrets').select('build_id').execute()
  expect(secrets).toEqual([{ build_id: answer.builds[499]?.build_id }])
  const tooMany = [...many, build('many/500'), build('many/501')]
  expect(await builder('POST', path, { builds: tooMany })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  })
  expect((await builder('POST', path, { builds: [] })).status).toBe(400)
})

it('tells the webhooks of a project of each build, and spells names as the library does', async () => {
  const webhook = {
    id: 'hook-of-batch',
    url: 'https://kiln.example/hook',
    description: '',
    events: ['build.queued'],
    secret: Buffer.from('sealed'),
    secret_version: 'first',
  }
  const { id: project } = await server.db
    .selectFrom('projects')
    .select('id')
    .where('name', '=', 'team-a')
    .executeTakeFirstOrThrow()
  await server.db
    .insertInto('webhooks')
    .values({ ...webhook, project_id: project })
    .execute()
  const image = { name: 'spelt/so:latest', repository: 'spelt/so', tag: 'latest', size: 1 }
  const more = { description: '', registry: '', category: 'custom', visibility: 'private' } as const
  await server.db
    .insertInto('images')
    .values({ ...image, ...more, project_id: project })
    .execute()
  const both = [build('spelt/so'), build('told/2')]
  const { builds } = await submit([...both, build('told/2')])
  // By the ids of the builds, which were made in one millisecond.
  const told = await server.db.selectFrom('webhook_deliveries').select(['event', 'data']).execute()
  expect(told).toHaveLength(2)
  expect(told).toEqual(
    expect.arrayContaining(
      ['spelt/so:latest', 'told/2'].map((name, index) => ({
        event: 'build.queued',
        data: expect.objectContaining({
          build_id: builds[index]?.build_id,
          name,
          status: 'building',
        }),
      })),
    ),
  )
  await server.db.deleteFrom('webhooks').execute()
})
