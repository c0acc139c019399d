import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expandScopes, type Need, type Role, suffices, type TokenScope } from '#contract/access.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'
import { createFindUndescribed, type FindUndescribed } from './described.ts'
import { type Guard, routeTable, type Rule } from './route-table.ts'
import { type Call, callsWith, createTenants } from './tenants.ts'
import { makeThings, type Things } from './things.ts'

interface Person {
  readonly name: string
  /** In team-a. */
  readonly role: Role | 'operator'
  readonly scopes: readonly TokenScope[]
}

const people: readonly Person[] = [
  { name: 'team-a-viewer', role: 'viewer', scopes: ['admin'] },
  { name: 'team-a-builder', role: 'builder', scopes: ['admin'] },
  { name: 'team-a-admin', role: 'admin', scopes: ['admin'] },
  { name: 'team-a-admin', role: 'admin', scopes: ['read'] },
  { name: 'team-a-admin', role: 'admin', scopes: ['build'] },
  { name: 'team-a-admin', role: 'admin', scopes: ['admin', 'operate'] },
  { name: 'chief', role: 'operator', scopes: ['admin', 'operate'] },
  { name: 'chief', role: 'operator', scopes: ['operate'] },
  { name: 'chief', role: 'operator', scopes: ['admin'] },
]

let server: ServerAlone
let tenants: ReturnType<typeof createTenants>
let findUndescribed: FindUndescribed
/** What is only read. */
let unchanged: Things
/** Id of its webhook, once there is one. */
let kept = ''
const tokens = new Map<Person, string>()
beforeAll(async () => {
  server = await startServerAlone({
    KILN_REGISTRY_URL: 'http://127.0.0.1:1',
    KILN_SECRETS_KEY: randomBytes(32).toString('base64'),
    KILN_HARBOR_WEBHOOK_SECRET: 'what-harbor-would-send',
    KILN_RATE_SIGN_INS: '10000',
    // Built or not, there is a page.
    KILN_CONSOLE_DIR: join(import.meta.dirname, '../../console'),
  })
  tenants = createTenants(server)
  findUndescribed = await createFindUndescribed(server.url)
  // Ids that are found in an answer by nothing else.
  await sql`select setval('images_id_seq', 70000000)`.execute(server.db)
  await tenants.project('team-a')
  await tenants.project('team-b')
  for (const { name, role } of people) {
    await tenants.user(name, role === 'operator')
    if (role !== 'operator') await tenants.member('team-a', name, role)
  }
  for (const person of people) {
    const { name: user, scopes } = person
    tokens.set(person, (await tenants.token({ user, scopes })).token)
  }
  unchanged = await make()
  kept = unchanged.webhook
  await tenants.user('stranger')
  await tenants.member('team-b', 'stranger', 'admin')
})
afterAll(async () => server[Symbol.asyncDispose]())

/** With a token of its own each time: what one caller tries leaves no more than so many audit rows. */
const newStranger = async (): Promise<Call> =>
  callsWith(server.url, (await tenants.token({ user: 'stranger' })).token)

/** Of team-a, with what has to be made by the API. */
async function make() {
  // There may be only so many.
  await server.db.deleteFrom('webhooks').where('id', '<>', kept).execute()
  const things = await makeThings(server.db, 'team-a')
  const secrets = `/api/projects/team-a/secrets/${things.secret}`
  await tenants.operator('PUT', secrets, { value: 'x' })
  await tenants.user('member-of-a')
  await tenants.member('team-a', 'member-of-a', 'viewer')
  return things
}

/** A token of a user, or a session where the route is about those. */
const ownedBy = async (user: string, { owned }: Rule) =>
  owned === 'session' ? tenants.session(user) : tenants.token({ user })

const thingsFor = async (route: string) => (route.startsWith('GET ') ? unchanged : make())

/** The request that a route takes, with the ids of these things. */
function requestOf(route: string, { query, body }: Rule, things: Things, own: string) {
  const [method = '', pattern = ''] = route.split(' ')
  const named: Readonly<Record<string, string>> = {
    ':id': pattern.startsWith('/api/images')
      ? String(things.image)
      : pattern.startsWith('/api/builds')
        ? things.build
        : pattern.startsWith('/api/environments')
          ? things.environment
          : pattern.startsWith('/api/tokens') || pattern.startsWith('/api/sessions')
            ? own
            : things.node,
    ':project': things.project,
    ':name': pattern.includes('/secrets/') ? things.secret : `${things.canaries[1]}:new`,
    ':user': 'member-of-a',
    ':webhook': things.webhook,
    ':delivery': String(things.delivery),
    ':digest': things.context,
    ':version': '1',
    ':from': '1',
    ':to': '2',
    ':move': String(things.move),
    ':kind': 'sbom',
    ':build': things.build,
    ':attempt': '1',
    ':stage': 'building',
    ':uuid': 'GPU-1',
    ':environment': things.environment,
    ':start': '1',
    ':port': '8000',
  }
  const fill = (text: string) => text.replaceAll(/:[a-z]+/g, (name) => named[name] ?? name)
  const path = fill(pattern.replaceAll(/\{[^}]*\}/g, ''))
  const filled =
    body &&
    Object.fromEntries(
      Object.entries(body).map(([key, value]: [string, unknown]) => [
        key,
        typeof value === 'string' ? fill(value) : value,
      ]),
    )
  return { method, path: query === undefined ? path : `${path}?${fill(query)}`, body: filled }
}

describe('the routes', () => {
  it('are all in the table, and nothing else is', () => {
    const known = new Set(
      server.routes.flatMap(({ method, path }) => (method === 'ALL' ? [] : `${method} ${path}`)),
    )
    expect([...known].filter((route) => !routeTable.has(route))).toEqual([])
    expect([...routeTable.keys()].filter((route) => !known.has(route))).toEqual([])
  })
})

describe('who is of another project', () => {
  const owned = [...routeTable].filter(([, rule]) => rule.owned !== undefined)

  it.each(owned)('%s is told that there is nothing', async (route, rule) => {
    const things = await thingsFor(route)
    const mine = await ownedBy('team-a-admin', rule)
    const { method, path, body } = requestOf(route, rule, things, mine.id)
    const [stranger, before] = [await newStranger(), await lastAudit()]
    const hidden = await stranger(method, path, body)
    // A field of a request that names nothing is answered so.
    const isField = body !== undefined && 'project' in body
    const expected = isField || path.includes('?project=') ? 422 : 404
    expect(hidden.status).toBe(expected)
    const none = {
      ...things,
      image: 999_999_999,
      build: 'build-none',
      environment: 'env-none',
      project: 'team-none',
      canaries: ['', `${things.canaries[1]}`],
    }
    const absent = requestOf(route, rule, none, 'token-none')
    const missing = await stranger(absent.method, absent.path, absent.body)
    const text = JSON.stringify(hidden.body)
    expect(
      text
        .replaceAll(String(things.image), '999999999')
        .replaceAll(things.build, 'build-none')
        .replaceAll(things.environment, 'env-none')
        .replaceAll('team-a', 'team-none')
        .replaceAll(mine.id, 'token-none'),
    ).toBe(JSON.stringify(missing.body).replaceAll('team-a', 'team-none'))
    const objects = {
      image: `image ${things.image}`,
      build: things.build,
      environment: things.environment,
      project: 'project team-a',
      token: mine.id,
      session: mine.id,
    }
    const told = things.canaries.filter((one) => text.includes(one) && !path.includes(one))
    expect(told).toEqual([])
    const rows = await refusals(before)
    expect(rows).toEqual([
      {
        actor: expect.stringMatching(/^user:stranger\//),
        object: objects[rule.owned ?? 'project'],
      },
    ])
  })

  it.each([...routeTable].filter(([, { guard }]) => guard === 'signed in'))(
    '%s tells nothing of it',
    async (route, rule) => {
      if (rule.owned !== undefined) return
      const things = await thingsFor(route)
      const { method, path, body } = requestOf(route, rule, things, '')
      const stranger = await newStranger()
      const { status, body: answer } = await stranger(method, path, body)
      expect(status).toBe(rule.done)
      const text = JSON.stringify(answer)
      expect([...things.canaries, 'team-a'].filter((one) => text.includes(one))).toEqual([])
    },
  )

  it.each([
    '/api/images?project=team-a',
    '/api/builds?project=team-a',
    '/api/environments?project=team-a',
  ])('finds nothing by asking %s', async (path) => {
    const things = await make()
    const stranger = await newStranger()
    const { status, body } = await stranger('GET', path)
    expect(status).toBe(200)
    const text = JSON.stringify(body)
    expect([...things.canaries, 'team-a'].filter((one) => text.includes(one))).toEqual([])
  })

  it('reaches nothing of it by way of a thing of their own', async () => {
    const stranger = await newStranger()
    const [theirs, own] = [await make(), await makeThings(server.db, 'team-b')]
    for (const path of [
      `/api/images/${own.image}/moves/${theirs.move}`,
      `/api/contexts/${theirs.context}?project=team-b`,
    ]) {
      expect((await stranger('GET', path)).status).toBe(404)
    }
    const secret = `/api/projects/team-b/secrets/${theirs.secret}`
    expect((await stranger('DELETE', secret)).status).toBe(404)
    const build = { project: 'team-b', name: 'team-b/x:1', dockerfile: 'FROM scratch\nCOPY a /\n' }
    const context = { ...build, context: theirs.context }
    expect((await stranger('POST', '/api/images/build', context)).body).toMatchObject({
      code: 'context_unknown',
    })
    const options = { secrets: [{ id: 'x', secret: theirs.secret }] }
    expect((await stranger('POST', '/api/images/build', { ...build, options })).body).toMatchObject(
      { code: 'secret_unknown' },
    )
    expect(await stranger('GET', '/api/images?usable_by=team-a')).toMatchObject({ status: 422 })
    const bound = { name: 'x', scopes: ['read'], project: 'team-a' }
    expect((await stranger('POST', '/api/tokens', bound)).status).toBe(422)
  })
})

describe.each(people)('$role with a token for $scopes', (person) => {
  it.each([...routeTable])('%s', async (route, rule) => {
    const things = await thingsFor(route)
    const ended = await ownedBy(person.name, rule)
    const { method, path, body } = requestOf(route, rule, things, ended.id)
    const { status, body: answer } = await callsWith(server.url, tokens.get(person))(
      method,
      path,
      body,
    )
    if (mayCall(person, rule.guard, route)) {
      expect([status, answer]).toEqual([rule.done, answer])
      expect(undescribed(route, status, answer)).toEqual([])
    } else {
      expect([status, answer]).toMatchObject([403, { code: 'forbidden' }])
      expect((answer as { detail: string }).detail).toMatch(/scope "|role |operator of the farm/)
    }
  })
})

describe('who has no good token', () => {
  it.each([...routeTable].filter(([, { guard }]) => guard !== 'anybody'))('%s', async (...pair) => {
    const [route, rule] = pair
    const { method, path, body } = requestOf(route, rule, unchanged, '')
    const { status } = await callsWith(server.url, 'not-a-token')(method, path, body)
    expect(status).toBe(rule.guard === 'other' ? rule.done : 401)
  })
})

/** What is wrong with an answer by the description; bodies that are no JSON are not described further. */
function undescribed(route: string, status: number, answer: unknown): readonly string[] {
  const [method = '', pattern = ''] = route.split(' ')
  if (pattern.startsWith('/agent/') || typeof answer === 'string') return []
  const path = pattern.replaceAll(/:([a-z]+)(?:\{[^}]*\})?/g, '{$1}')
  return findUndescribed({ method, path, status, body: answer })
}

function mayCall({ role, scopes }: Person, guard: Guard, route: string): boolean {
  const all = expandScopes(scopes)
  if (guard === 'operate') return role === 'operator' && all.has('operate')
  // A token makes none that may do more than itself.
  if (route === 'POST /api/tokens') return all.has('admin')
  if (guard === 'signed in' || guard === 'anybody' || guard === 'other') return true
  return mayInProject(role, all, guard)
}

function mayInProject(role: Person['role'], scopes: ReadonlySet<TokenScope>, need: Need): boolean {
  return scopes.has(need) && suffices(role === 'operator' ? 'admin' : role, need)
}

async function lastAudit(): Promise<number> {
  const row = await server.db
    .selectFrom('audit')
    .select((select) => select.fn.max('seq').as('seq'))
    .executeTakeFirst()
  return row?.seq ?? 0
}

async function refusals(after: number) {
  return server.db
    .selectFrom('audit')
    .select(['actor', 'object'])
    .where('action', '=', 'access.refused')
    .where('seq', '>', after)
    .execute()
}
