import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pushImage } from './push-image.ts'
import { type SomeHarbor, someHarbor } from './some-harbor.ts'
import { startFakeHarbor, type FakeHarbor } from '../fakes/harbor/harbor.ts'
import { createHarbor, type Harbor } from '../../harbor/harbor.ts'

// Harbor's answers to what goes wrong: test/fakes/harbor/README.md, number 2, and 8 for /v2/. Only the fake can be made to fail.

let fake: FakeHarbor
let harbor: Harbor
beforeEach(async () => {
  fake = await startFakeHarbor()
  let requests = 0
  harbor = createHarbor({
    url: fake.url,
    credential: fake.admin,
    newRequestId: () => `request-${(requests += 1)}`,
    random: () => 0,
    now: () => Date.now(),
  })
})
afterEach(async () => fake[Symbol.asyncDispose]())

const unavailable = {
  status: 503,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<html>503</html>'),
}
const count = (line: string) => fake.requests.filter((one) => one === line).length

describe('a Harbor that fails', () => {
  it('is asked again where repeating does no harm', async () => {
    fake.faults.push({ path: /health/, times: 2, reply: unavailable })
    expect(await harbor.system.health()).toMatchObject({ status: 'healthy' })
    expect(count('GET /api/v2.0/health')).toBe(3)
  })

  it('is not asked for ever', async () => {
    fake.faults.push({ path: /health/, times: 99, reply: unavailable })
    await expect(harbor.system.health()).rejects.toMatchObject({
      status: 503,
      requestId: 'request-1',
    })
    expect(count('GET /api/v2.0/health')).toBe(5)
  })

  it('is not asked twice to make something', async () => {
    fake.faults.push({ path: /projects/, times: 1, loseAnswer: true })
    await expect(harbor.projects.create('farm', {})).rejects.toMatchObject({ status: undefined })
    expect(count('POST /api/v2.0/projects')).toBe(1)
    // The answer was lost, what it answered was not: whoever asks again is told so.
    expect(await harbor.projects.create('farm', {})).toBe(false)
  })

  it('is left alone for as long as it asks, also when it is to make something', async () => {
    fake.faults.push({
      path: /projects/,
      times: 1,
      reply: { status: 429, headers: { 'retry-after': '1' } },
    })
    const before = performance.now()
    expect(await harbor.projects.create('farm', {})).toBe(true)
    expect(performance.now() - before).toBeGreaterThan(1000)
  })

  it('that asks for more patience than a call has is told of at once', async () => {
    fake.faults.push({
      path: /projects/,
      times: 1,
      reply: { status: 429, headers: { 'retry-after': '3600' } },
    })
    await expect(harbor.projects.create('farm', {})).rejects.toMatchObject({ status: 429 })
  })

  it('says what it says, with the id by which its operator finds it', async () => {
    const wrong = harbor.projects.create('Not Lower Case', {})
    await expect(wrong).rejects.toThrow(
      'create the project Not Lower Case: status 400, BAD_REQUEST',
    )
    await expect(wrong).rejects.toMatchObject({ code: 'BAD_REQUEST', requestId: 'request-1' })
  })

  it('that answers something else is an error that names the field', async () => {
    fake.faults.push({
      path: /projects\/farm/,
      times: 1,
      reply: { status: 200, body: { project_id: 'x' } },
    })
    await expect(harbor.projects.find('farm')).rejects.toThrow('unexpected answer at project_id')
  })

  it('is never sent a cookie back', async () => {
    await harbor.system.health()
    expect(await harbor.projects.create('farm', {})).toBe(true)
  })
})

describe('a client without the habits of ours', () => {
  let some: SomeHarbor
  beforeEach(async () => {
    some = await someHarbor()
  })
  afterEach(async () => some[Symbol.asyncDispose]())

  it('finds nothing when a name is encoded once, or too often (2.1)', async () => {
    await some.harbor.projects.create('farm', {})
    await pushImage(some, 'farm/team/app', { tag: 'v1', text: 'one' })
    const headers = {
      authorization: `Basic ${btoa(`${some.credential.username}:${some.credential.password}`)}`,
    }
    const status = async (name: string) =>
      (
        await fetch(
          new URL(`/api/v2.0/projects/farm/repositories/${name}/artifacts/v1`, some.url),
          { headers },
        )
      ).status
    expect(await status('team/app')).toBe(404)
    expect(await status('team%2Fapp')).toBe(404)
    expect(await status('team%252Fapp')).toBe(200)
    expect(await status('team%25252Fapp')).toBe(404)
  })

  it('is refused when it sends the cookie of an answer (2.3)', async () => {
    const headers = {
      authorization: `Basic ${btoa(`${some.credential.username}:${some.credential.password}`)}`,
    }
    const { headers: given } = await fetch(new URL('/api/v2.0/health', some.url), { headers })
    const cookie = given
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ')
    const made = await fetch(new URL('/api/v2.0/projects', some.url), {
      method: 'POST',
      headers: { ...headers, cookie, 'content-type': 'application/json' },
      body: JSON.stringify({ project_name: 'cookie' }),
    })
    expect(made.status).toBe(403)
  })

  it('does not get an OCI manifest unless it asks for one (8)', async () => {
    await some.harbor.projects.create('farm', {})
    await pushImage(some, 'farm/app', { tag: 'v1', text: 'one' })
    const headers = {
      authorization: `Basic ${btoa(`${some.credential.username}:${some.credential.password}`)}`,
    }
    expect((await fetch(new URL('/v2/farm/app/manifests/v1', some.url), { headers })).status).toBe(
      404,
    )
  })
})
