import { randomBytes, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { AttemptRef, BuildPlan } from '#contract/build.ts'
import { buildPlan } from '#contract/wire/plan.ts'
import { memoryDirectory } from '../../agent/buildkit/session/directory.ts'
import { solve } from '../../agent/buildkit/solve.ts'
import { createControlPlane } from '../../agent/control-plane.ts'
import { createRegistryLogin } from '../../agent/stages/registry-login.ts'
import { createHarbor } from '../../harbor/harbor.ts'
import { type RobotKind, type RobotLogin, setUpHarbor } from '../../harbor/setup.ts'
import { createRegistryAccess } from '../../server/registry/registry-access.ts'
import { startTestDaemon, type TestDaemon } from '../buildkit/daemon.ts'
import { solving } from '../buildkit/solving.ts'
import { type FakeHarbor, startFakeHarbor } from '../fakes/harbor/harbor.ts'
import { readToken } from '../fakes/harbor/who.ts'
import { startRecordingProxy } from '../fakes/recording-proxy.ts'
import type { Scope } from '../../registry/scope.ts'
import { type ServerAlone, startServerAlone } from '../server-alone.ts'

// Harbor's GET /service/token gives a token also where it grants less than was asked for (src/core/service/token/creator.go).

let harbor: FakeHarbor
let server: ServerAlone
let daemon: TestDaemon
let password: string
let logins: Record<RobotKind, RobotLogin>
let attempt: AttemptRef
let name: string
beforeAll(async () => {
  harbor = await startFakeHarbor()
  const surroundings = { newRequestId: randomUUID, random: Math.random, now: () => Date.now() }
  const admin = createHarbor({ ...surroundings, url: harbor.url, credential: harbor.admin })
  const { own: robot, push, pull } = (await setUpHarbor(admin, { project: 'kiln' })).robots
  if (robot === undefined || push === undefined || pull === undefined) throw new Error('no robot')
  password = robot.password
  logins = { own: robot, push, pull }
  server = await startServerAlone({
    KILN_REGISTRY_URL: harbor.url.href,
    KILN_REGISTRY_USERNAME: robot.username,
    KILN_REGISTRY_PASSWORD: password,
    KILN_REGISTRY_PUSH_USERNAME: push.username,
    KILN_REGISTRY_PUSH_PASSWORD: push.password,
    KILN_REGISTRY_PULL_USERNAME: pull.username,
    KILN_REGISTRY_PULL_PASSWORD: pull.password,
  })
  daemon = await startTestDaemon(harbor.url.host)
})
afterAll(async () => {
  await daemon[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
  await harbor[Symbol.asyncDispose]()
})
beforeEach(async () => {
  harbor.faults.length = 0
  harbor.seen.length = 0
  harbor.state.tokenSeconds = 1800
  name = `app-${randomUUID().slice(0, 8)}`
  attempt = await server.begin(`${name}:1`, 'FROM scratch\nCOPY f /f\n')
})

const ask = async (scopes: readonly string[], ref = attempt) => {
  const reply = await server.agent(ref, 'POST', 'registry-login', { scopes })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}
const own = () => `repository:kiln/${name}:pull,push`

async function setCurrent(number: number): Promise<void> {
  const { buildId } = attempt
  await server.db.updateTable('builds').set({ attempt: number }).where('id', '=', buildId).execute()
}

async function readPlan(ref: AttemptRef): Promise<BuildPlan> {
  const reply = await server.agent(ref, 'POST', 'stages/building')
  return buildPlan.parse(await reply.json())
}

/** Pushes as an agent does, through a daemon. @returns everything that the daemon was sent. */
async function pushLayers(layers: number): Promise<string> {
  await using proxy = await startRecordingProxy(daemon.address.replace('unix://', ''))
  const credential = () => server.credentialOf(attempt)
  const { incarnation } = server
  const controlPlane = createControlPlane(server.url, credential, { incarnation })
  const login = createRegistryLogin({ controlPlane, random: Math.random })
  const plan = await readPlan(attempt)
  const files = Array.from({ length: layers }, (_, index) => `f${index}`)
  const dockerfile = `FROM scratch\n${files.map((file) => `COPY ${file} /\n`).join('')}`
  const options = solving(proxy.address, dockerfile)
  const context = Object.fromEntries(files.map((file) => [file, randomBytes(64)]))
  const opened = login(plan, options.signal)
  await solve({
    ...options,
    frontendAttrs: { ...options.frontendAttrs, dockerfilekey: 'dockerfile' },
    credentials: opened.credentials,
    directories: { ...options.directories, context: memoryDirectory(context) },
    exporters: [
      {
        type: 'image',
        attrs: { name: plan.registry.repository, push: 'true', 'push-by-digest': 'true' },
      },
    ],
  }).catch((error: unknown) => {
    throw opened.problem() ?? error
  })
  return proxy.sent()
}

const byDaemon = () => harbor.seen.filter(({ program }) => /buildkit/i.test(program))

describe('an attempt', () => {
  it('gets a token for its one repository, as long as it is the current one (3, 8)', async () => {
    const granted = await ask([own()])
    expect(granted).toMatchObject({ status: 200, body: { kind: 'token', expires_in: 1800 } })
    expect(readToken(String(granted.body['token']))).toEqual([
      { type: 'repository', name: `kiln/${name}`, actions: ['pull', 'push'] },
    ])
    expect((await ask([])).body).toEqual({ kind: 'none' })
    await setCurrent(2)
    expect(await ask([own()])).toMatchObject({ status: 409, body: { code: 'stale_attempt' } })
    await setCurrent(1)
    const cancel = new URL(`/api/builds/${attempt.buildId}/cancel`, server.url)
    expect((await fetch(cancel, { method: 'POST' })).status).toBe(202)
    expect(await ask([own()])).toMatchObject({ status: 409, body: { code: 'cancelled' } })
  })

  it('gets no token for another repository, and none that deletes', async () => {
    for (const scope of ['repository:kiln/other:pull,push', `repository:kiln/${name}:delete`]) {
      expect(await ask([scope])).toMatchObject({ status: 403, body: { code: 'scope_refused' } })
    }
    expect(harbor.seen.filter(({ line }) => line.includes('token'))).toEqual([])
  })

  it('leaves a row in the audit when it may push, without the token', async () => {
    const { body } = await ask([own()])
    const rows = await server.db
      .selectFrom('audit')
      .selectAll()
      .where('object', '=', attempt.buildId)
      .where('action', '=', 'registry.token')
      .execute()
    expect(rows).toMatchObject([{ detail: { attempt: 1, scopes: [own()], seconds: 1800 } }])
    expect(JSON.stringify(rows)).not.toContain(String(body['token']))
  })

  it('is told when Harbor grants less than was asked for (8)', async () => {
    const { robots } = harbor.state
    const robot = [...robots.values()].find((one) => one.name === logins.push.username)
    const grants = robot!.grants.map((grant) => ({
      ...grant,
      access: grant.access.filter(({ action }) => action !== 'push'),
    }))
    robots.set(robot!.id, { ...robot!, grants })
    const denied = await ask([own()])
    robots.set(robot!.id, robot!)
    expect(denied).toMatchObject({ status: 403, body: { code: 'registry_denied' } })
    expect(JSON.stringify(denied.body)).toContain(`kiln/${name}`)
  })

  it('is told when the token service does not answer', async () => {
    harbor.faults.push({ path: /token/, times: 1, reply: { status: 503 } })
    expect(await ask([own()])).toMatchObject({
      status: 503,
      body: { code: 'registry_unavailable' },
    })
  })
})

describe('a token', () => {
  // Harbor grants all that the login may do in a repository, whatever was asked for.
  const tokenFor = async (...scopes: readonly Scope[]) => {
    const { value } = await createRegistryAccess(harbor.url, logins, Date.now).token(scopes)
    return readToken(value)
  }
  const mine = { repository: 'kiln/mine', actions: ['pull', 'push'] }
  const base = { repository: 'kiln/base', actions: ['pull'] }

  it('that is to read allows nothing else', async () => {
    expect(await tokenFor(base)).toEqual([
      { type: 'repository', name: 'kiln/base', actions: ['pull'] },
    ])
  })

  it('that is to push allows nothing in what is only read beside it', async () => {
    expect(await tokenFor(mine, base)).toEqual([
      { type: 'repository', name: 'kiln/mine', actions: ['pull', 'push'] },
    ])
  })
})

describe('the plan', () => {
  it('does not hold the password', async () => {
    const plan = await readPlan(attempt)
    expect(plan.registry).toMatchObject({ username: '', secret: '' })
    expect(JSON.stringify(plan)).not.toContain(password)
  })
})

describe('a daemon', () => {
  it('pushes with tokens of one repository and is never sent the password', async () => {
    const sent = await pushLayers(2)
    const shown = byDaemon().map(({ authorization }) => authorization)
    const access = shown.flatMap((header) => readToken(header.replace('Bearer ', '')) ?? [])
    expect(new Set(access.map((one) => one.name))).toEqual(new Set([`kiln/${name}`]))
    expect(shown.some((header) => header.startsWith('Basic'))).toBe(false)
    expect(sent.includes(password)).toBe(false)
    expect(sent.includes(shown.find((header) => header !== '')!.replace('Bearer ', ''))).toBe(true)
  })

  it('gets new tokens while it pushes for longer than one lives (8)', async () => {
    harbor.state.tokenSeconds = 2
    const slow = new RegExp(`^/v2/kiln/${name}/blobs/uploads/.+`)
    harbor.faults.push({ method: 'PUT', path: slow, times: 8, delayMs: 1_200 })
    await pushLayers(8)
    const tokens = byDaemon().map(({ authorization }) => authorization)
    expect(new Set(tokens.filter((header) => header !== '')).size).toBeGreaterThan(1)
  })
})
