import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClient } from '../client.ts'
import { type FlakyProxy, startFlakyProxy } from '../fakes/flaky-proxy.ts'
import { type HarborFarm, startHarborFarm } from './kit/harbor-farm.ts'
import { harborProject } from './kit/ready-harbor.ts'

// Real agents and build daemons push to a Harbor that fails, or past something in between that does. The titles name the
// rows of the fault matrix.
const patienceMs = 240_000
vi.setConfig({ testTimeout: 2 * patienceMs })

let proxy: FlakyProxy
let farm: HarborFarm
beforeAll(async () => {
  farm = await startHarborFarm({
    reachBy: async (url) => {
      proxy = await startFlakyProxy(url)
      return proxy.url
    },
  })
})
afterEach(() => {
  farm.harbor.faults.splice(0)
  farm.harbor.state.tokenSeconds = 1800
  proxy.resetEvery(Number.POSITIVE_INFINITY)
})
afterAll(async () => {
  await farm[Symbol.asyncDispose]()
  await proxy[Symbol.asyncDispose]()
})

const client = () => createClient(farm.url)
const json = async <T>(path: string) => (await (await client().request(path)).json()) as T
const echo = (text: string) => `FROM ${farm.baseImage}\nRUN echo ${text} > /which\n`
const below = (name: string, tail: string) => new RegExp(`^/v2/${harborProject}/${name}/${tail}`)
const asked = (pattern: RegExp) =>
  farm.harbor.requests.filter((request) => pattern.test(request)).length

/** What Harbor has of `kiln/<repository>`. */
function held(repository: string) {
  const projects = [...farm.harbor.state.projects.values()]
  return projects.find(({ name }) => name === harborProject)?.repositories.get(repository)
}

/** Builds, and expects the one result: the name, its first version and the image behind both. */
async function expectOne(name: string, dockerfile: string, options: object = {}) {
  const buildId = await client().submit({ name, dockerfile, ...options })
  const done = await client().until(buildId, ({ status }) => status !== 'building', patienceMs)
  expect(done).toMatchObject({ status: 'succeeded', failure: null })
  const { id } = (await client().images()).find((image) => image.name === name) ?? { id: 0 }
  expect(await json(`/api/images/${id}/versions`)).toMatchObject({
    versions: [{ number: 1, digest: done.digest, current: true }],
  })
  expect(held(name)?.tags.get('latest')).toBe(done.digest)
  expect(held(name)?.tags.get('latest-v1')).toBe(done.digest)
  expect(held(name)?.artifacts.has(done.digest ?? '')).toBe(true)
  return done
}

it('builds, publishes, rolls back and builds on, on a Harbor through its token service', async () => {
  const build = async (text: string) =>
    client().build({ name: 'team/app:1', dockerfile: echo(text) })
  const one = await build('one')
  const two = await build('two')
  expect([one, two]).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }])
  const { id } = (await client().images()).find(({ name }) => name === 'team/app:1') ?? { id: 0 }
  const reply = await client().request(`/api/images/${id}/rollback`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ version: 1 }),
  })
  const { id: move } = (await reply.json()) as { id: number }
  const look = async () => json<object>(`/api/images/${id}/moves/${move}`)
  await expect.poll(look, { timeout: 30_000 }).toMatchObject({ state: 'moved', tagged: true })
  expect(await json(`/api/images/${id}/versions`)).toMatchObject({
    versions: [
      { number: 2, digest: two.digest, current: false },
      { number: 1, digest: one.digest, current: true },
    ],
  })
  const tags = held('team/app')?.tags
  expect([tags?.get('1'), tags?.get('1-v1'), tags?.get('1-v2')]).toEqual([
    one.digest,
    one.digest,
    two.digest,
  ])
  const dockerfile = 'FROM team/app:1\nRUN grep one /which\n'
  expect(await client().build({ name: 'child', dockerfile })).toMatchObject({ status: 'succeeded' })
})

describe('a push', () => {
  // BuildKit retries a push once; what is there already is not sent again by the attempt that follows.
  it('25: whose connections are reset every 10 MB ends, and sends at most twice what it must', async () => {
    const size = 4
    const layers = Array.from(
      { length: 6 },
      (_, index) => `RUN dd if=/dev/urandom of=/part-${index} bs=1M count=${size}\n`,
    )
    proxy.resetEvery(10 * 1024 * 1024)
    await expectOne('resets', `FROM ${farm.baseImage}\n${layers.join('')}`)
    const needed = layers.length * size * 1024 * 1024
    process.stdout.write(
      `25: ${proxy.resets()} resets, ${(proxy.sent() / needed).toFixed(2)} × sent\n`,
    )
    expect(proxy.resets()).toBeGreaterThan(1)
    expect(proxy.sent()).toBeLessThanOrEqual(2 * needed)
  })

  it('26: whose token runs out on the way asks for another and goes on', async () => {
    farm.harbor.state.tokenSeconds = 4
    // The answer takes longer than the token lives that it was asked for with.
    const path = below('expires', 'blobs/uploads/')
    const fault = { method: 'POST', path, times: 1, delayMs: 4_500 }
    farm.harbor.faults.push(fault)
    const done = await expectOne('expires', echo('expires'))
    process.stdout.write(`26: ${done.attempt} attempts\n`)
    expect(fault.times).toBe(0)
  })

  it('27: that is asked to wait five times ends, and others do not wait with it', async () => {
    await client().request('/api/projects', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'other' }),
    })
    const reply = { status: 429, headers: { 'retry-after': '1' }, body: {} }
    const fault = { path: below('limited', ''), times: 5, reply }
    farm.harbor.faults.push(fault)
    const [, other] = await Promise.all([
      expectOne('limited', echo('limited')),
      expectOne('free', echo('free'), { project: 'other' }),
    ])
    expect(fault.times).toBe(0)
    expect(other.attempt).toBe(1)
  })

  it('28: into a burst of errors is tried again until it is taken', async () => {
    const reply = { status: 502, body: {} }
    const fault = { path: below('burst', ''), times: 12, reply }
    farm.harbor.faults.push(fault)
    const done = await expectOne('burst', echo('burst'))
    process.stdout.write(`28: ${done.attempt} attempts\n`)
    expect(fault.times).toBe(0)
  })

  it('28: waits out a registry that is away, and nobody asks it for anything meanwhile', async () => {
    const reply = { status: 503, body: {} }
    const away = [below('away', ''), /^\/v2\/$/].map((path) => ({
      path,
      times: Number.POSITIVE_INFINITY,
      reply,
    }))
    farm.harbor.faults.push(...away)
    const read = async (id: string) => json<{ waiting_reason: string | null }>(`/api/builds/${id}`)
    const submit = async (name: string) => client().submit({ name, dockerfile: echo(name) })
    const waits = async (id: string) =>
      expect
        .poll(async () => (await read(id)).waiting_reason, { timeout: 60_000 })
        .toBe('waiting for the registry')
    const first = await submit('away')
    await waits(first)
    await expect
      .poll(async () => json('/api/registry'), { timeout: 60_000 })
      .toMatchObject({ breaker: { state: 'open' } })
    const before = asked(below('away', ''))
    const second = await submit('away-too')
    await waits(second)
    await expect.poll(() => asked(/ \/v2\/$/), { timeout: 60_000 }).toBeGreaterThan(2)
    expect(asked(below('away', ''))).toBe(before)
    expect(asked(below('away-too', ''))).toBe(0)
    farm.harbor.faults.splice(0)
    for (const id of [first, second]) {
      const done = await client().until(id, ({ status }) => status !== 'building', patienceMs)
      expect(done).toMatchObject({ status: 'succeeded', attempt: 1 })
    }
    expect(await json('/api/registry')).toMatchObject({
      breaker: { state: 'closed' },
      pushes: { running: 0, waiting: 0 },
    })
  })

  it('29: whose manifest is not served at once is published when it is', async () => {
    const path = below('lags', 'manifests/sha256:')
    const fault = { method: 'GET', path, times: 3, reply: { status: 404, body: {} } }
    farm.harbor.faults.push(fault)
    const done = await expectOne('lags', echo('lags'))
    expect(fault.times).toBe(0)
    expect(done.attempt).toBe(1)
  })

  it('whose answer is lost has one result', async () => {
    const path = below('lost', 'manifests/')
    const fault = { method: 'PUT', path, times: 3, loseAnswer: true }
    farm.harbor.faults.push(fault)
    await expectOne('lost', echo('lost'))
    expect(fault.times).toBe(0)
    expect(asked(/PUT .*\/lost\/manifests/)).toBeGreaterThan(3)
  })
})

it('is scanned before its name moves where the project asks for it, and kept back or marked', async () => {
  const policy = async (scanPolicy: object | null) => {
    const reply = await client().request('/api/projects/default', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ scan_policy: scanPolicy }),
    })
    return reply.status
  }
  const block = { mode: 'block', severity: 'critical' }
  await expect.poll(async () => policy(block), { timeout: 60_000 }).toBe(200)
  farm.harbor.state.findings = [
    { id: 'CVE-1', package: 'a', version: '1', fix_version: '', severity: 'Critical' },
  ]
  const refused = await client().build({ name: 'scanned', dockerfile: echo('scanned') })
  expect(refused).toMatchObject({ status: 'failed', failure: { code: 'scan_findings' } })
  expect(held('scanned')?.tags.size ?? 0).toBe(0)
  expect(await policy({ mode: 'report' })).toBe(200)
  await expectOne('scanned', echo('scanned'))
  const { id } = (await client().images()).find(({ name }) => name === 'scanned') ?? { id: 0 }
  expect(await json(`/api/images/${id}/versions/1`)).toMatchObject({
    scan: { state: 'done', findings: { critical: 1 } },
  })
  expect(await policy(null)).toBe(200)
})
