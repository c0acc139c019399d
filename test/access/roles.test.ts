import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'

let server: ServerAlone
let viewer: Call
let builder: Call
let admin: Call
let stranger: Call
beforeAll(async () => {
  server = await startServerAlone({ KILN_REGISTRY_URL: 'http://127.0.0.1:1' })
  const tenants = createTenants(server)
  await tenants.project('team-a')
  await tenants.project('team-b')
  for (const [project, role] of [
    ['team-a', 'viewer'],
    ['team-a', 'builder'],
    ['team-a', 'admin'],
    ['team-b', 'admin'],
  ] as const) {
    await tenants.user(`${project}-${role}`)
    await tenants.member(project, `${project}-${role}`, role)
  }
  const call = async (user: string) => callsWith(server.url, (await tenants.token({ user })).token)
  viewer = await call('team-a-viewer')
  builder = await call('team-a-builder')
  admin = await call('team-a-admin')
  stranger = await call('team-b-admin')
})
afterAll(async () => server[Symbol.asyncDispose]())

const submit = async (call: Call, name: string, project = 'team-a') =>
  call('POST', '/api/images/build', { project, name, dockerfile: 'FROM scratch\nCOPY a /\n' })
const idOf = ({ body }: { body: unknown }) => (body as { build_id: string }).build_id

it('a builder builds, a viewer watches, and a stranger finds nothing', async () => {
  const accepted = await submit(builder, 'team-a/one:1')
  expect(accepted.status).toBe(202)
  const id = idOf(accepted)
  const { actor } = await server.db
    .selectFrom('audit')
    .select('actor')
    .where('object', '=', id)
    .executeTakeFirstOrThrow()
  expect(actor).toMatch(/^user:team-a-builder\/[0-9a-f]{8}$/)

  expect((await viewer('GET', `/api/builds/${id}`)).status).toBe(200)
  expect(await viewer('POST', `/api/builds/${id}/cancel`)).toMatchObject({
    status: 403,
    body: { code: 'forbidden', detail: 'needs the role builder in the project "team-a"' },
  })
  expect((await submit(viewer, 'team-a/two:1')).status).toBe(403)

  expect((await stranger('GET', '/api/builds')).body).toEqual({ builds: [] })
  expect((await stranger('GET', '/api/projects')).body).toMatchObject({
    projects: [{ name: 'team-b' }],
  })
  const hidden = await stranger('GET', `/api/builds/${id}`)
  const none = await stranger('GET', `/api/builds/build-none`)
  expect(hidden.status).toBe(404)
  expect(JSON.stringify(hidden.body).replace(id, 'build-none')).toBe(JSON.stringify(none.body))
  const refused = await submit(stranger, 'team-a/three:1')
  expect(refused).toMatchObject({ status: 422, body: { code: 'project_unknown' } })
  const rows = await server.db
    .selectFrom('audit')
    .select(['actor', 'object'])
    .where('action', '=', 'access.refused')
    .orderBy('seq')
    .execute()
  expect(rows.map(({ object }) => object)).toEqual([id, 'project team-a'])
  expect(rows[0]?.actor).toMatch(/^user:team-b-admin\//)
})

it('what concerns the farm is for operators, and their tokens need the scope', async () => {
  const tenants = createTenants(server)
  await tenants.user('chief', true)
  const reading = callsWith(server.url, (await tenants.token({ user: 'chief' })).token)
  const { token } = await tenants.token({ user: 'chief', scopes: ['operate'] })
  const operating = callsWith(server.url, token)
  for (const call of [admin, reading]) {
    for (const [method, path, body] of [
      ['GET', '/api/users', undefined],
      ['POST', '/api/projects', { name: 'team-c' }],
      ['POST', '/api/nodes/tokens', {}],
    ] as const) {
      expect(await call(method, path, body)).toMatchObject({
        status: 403,
        body: { detail: 'the token needs the scope "operate"' },
      })
    }
  }
  expect((await operating('GET', '/api/users')).status).toBe(200)
  expect((await operating('POST', '/api/nodes/tokens', {})).status).toBe(201)
  expect((await operating('GET', '/api/projects/team-a')).status).toBe(200)
  expect((await operating('PATCH', '/api/projects/team-a', { gpu_policy: null })).status).toBe(403)
})

it('members are put in, changed and taken out by an admin, at once', async () => {
  const tenants = createTenants(server)
  await tenants.user('new')
  const call = callsWith(server.url, (await tenants.token({ user: 'new' })).token)
  const path = '/api/projects/team-a/members/new'
  expect((await builder('PUT', path, { role: 'viewer' })).status).toBe(403)
  expect((await stranger('PUT', path, { role: 'viewer' })).status).toBe(404)
  expect((await call('GET', '/api/projects/team-a')).status).toBe(404)
  expect((await admin('PUT', path, { role: 'viewer' })).status).toBe(200)
  expect((await call('GET', '/api/projects/team-a')).status).toBe(200)
  const listed = await admin('GET', '/api/projects/team-a/members?limit=2')
  expect(listed.body).toMatchObject({
    members: [
      { user: 'new', role: 'viewer' },
      { user: 'team-a-admin', role: 'admin' },
    ],
    next_cursor: 'team-a-admin',
  })
  expect((await admin('DELETE', path)).status).toBe(204)
  expect((await call('GET', '/api/projects/team-a')).status).toBe(404)
  expect((await admin('DELETE', path)).status).toBe(404)
  expect((await admin('PUT', '/api/projects/team-a/members/x', { role: 'viewer' })).body).toEqual(
    expect.objectContaining({ code: 'user_unknown' }),
  )
})

it('a public image is read by everybody who is signed in, and changed by its project', async () => {
  const { project_id: projectId } = await server.db
    .selectFrom('builds')
    .select('project_id')
    .executeTakeFirstOrThrow()
  const row = { description: '', category: 'custom', registry: 'r/kiln/x', size: 1 }
  const insert = async (name: string, visibility: 'public' | 'project' | 'private') =>
    server.db
      .insertInto('images')
      .values({ ...row, name, repository: name, tag: 'latest', visibility, project_id: projectId })
      .returning('id')
      .executeTakeFirstOrThrow()
  const open = await insert('open', 'public')
  const shared = await insert('shared', 'project')
  const closed = await insert('closed', 'private')
  const path = ({ id }: { id: number }) => `/api/images/${id}`
  expect((await stranger('GET', path(open))).status).toBe(200)
  expect((await stranger('PATCH', path(open), { description: 'x' })).status).toBe(403)
  expect((await stranger('GET', path(shared))).status).toBe(404)
  expect((await stranger('GET', path(closed))).status).toBe(404)
  const names = async (call: Call, query = '') =>
    ((await call('GET', `/api/images${query}`)).body as { images: { name: string }[] }).images
      .map(({ name }) => name)
      .filter((name) => ['open', 'shared', 'closed'].includes(name))
  expect(await names(stranger)).toEqual(['open'])
  expect(await names(stranger, '?project=team-a')).toEqual(['open'])
  expect(await names(viewer, '?project=team-a')).toEqual(['open', 'shared', 'closed'])

  expect((await builder('PATCH', path(shared), { description: 'x' })).status).toBe(200)
  expect((await builder('PATCH', path(shared), { shared_with: ['team-b'] })).status).toBe(403)
  expect((await admin('PATCH', path(shared), { shared_with: ['team-b'] })).status).toBe(200)
  expect(await stranger('GET', path(shared))).toMatchObject({
    status: 200,
    body: { project: 'team-a', shared_with: ['team-b'] },
  })
  expect(await names(stranger)).toEqual(['open', 'shared'])
})
