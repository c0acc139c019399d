import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type Submission } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)

describe('a request that is refused', () => {
  const builds = async () => {
    const reply = await client().request('/api/builds')
    return ((await reply.json()) as { builds: unknown[] }).builds.length
  }

  it.each([
    [
      'a syntax error',
      { name: 'a', dockerfile: 'FROM x\nRUN true\nFOO bar\n' },
      422,
      'dockerfile_invalid',
      3,
    ],
    [
      'a mistake below a base that was put in front',
      { name: 'a', base_image: 'x', dockerfile: 'RUN true\nFOO bar\n' },
      422,
      'dockerfile_invalid',
      2,
    ],
    [
      'a step that asks for a device',
      { name: 'a', dockerfile: 'FROM x\nRUN --device=nvidia.com/gpu=all,required make\n' },
      422,
      'dockerfile_invalid',
      2,
    ],
    ['no FROM at all', { name: 'a', dockerfile: 'RUN true\n' }, 422, 'dockerfile_invalid', 1],
    [
      'a base that is no reference',
      { name: 'a', dockerfile: 'FROM UPPER/case\n' },
      422,
      'dockerfile_invalid',
      1,
    ],
    [
      'a name outside of the grammar',
      { name: '../Evil', dockerfile: 'FROM x\n' },
      422,
      'invalid_name',
      undefined,
    ],
    [
      'an official name',
      { name: 'ubuntu22-cuda:12.0', dockerfile: 'FROM x\n' },
      409,
      'official_name',
      undefined,
    ],
    [
      'a field that does not exist',
      { name: 'a', dockerfile: 'FROM x\n', tags: 1 },
      400,
      'invalid_request',
      undefined,
    ],
  ] as [string, Submission, number, string, number | undefined][])(
    'answers %s with its code and stores nothing',
    async (_, body, status, code, line) => {
      const before = await builds()
      const reply = await client().post(body)
      expect(reply.status).toBe(status)
      expect(reply.headers.get('content-type')).toBe('application/problem+json')
      const problem = await reply.json()
      expect(problem).toMatchObject({ code, status })
      if (line !== undefined) expect(problem).toMatchObject({ errors: [{ line }] })
      expect(await builds()).toBe(before)
    },
  )

  it('refuses a body over 1 MiB', async () => {
    const reply = await client().post({
      name: 'a',
      dockerfile: `FROM x\n#${'x'.repeat(1024 ** 2)}`,
    })
    expect(reply.status).toBe(413)
    expect(await reply.json()).toMatchObject({ code: 'body_too_large' })
  })

  it('refuses what is not JSON', async () => {
    const reply = await client().post('{"name": ')
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({ code: 'invalid_json' })
  })

  it('refuses an agent call without the token', async () => {
    const reply = await client().request('/agent/nodes/node-x/heartbeat', { method: 'POST' })
    expect(reply.status).toBe(401)
  })

  it('refuses a name that a web page has bent to loopback', async () => {
    const { hostname, port } = new URL(farm.url)
    const status = await new Promise((resolve, reject) => {
      get({ hostname, port, path: '/api/images', headers: { host: 'evil.example' } })
        .on('response', (reply) => resolve(reply.resume().statusCode))
        .on('error', reject)
    })
    expect(status).toBe(401)
  })

  it('refuses a second build of a name that is being built, however it is spelt', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN sleep 600\n`
    const first = await client().post({ name: 'busy', dockerfile })
    const { build_id: id } = (await first.json()) as { build_id: string }
    const second = await client().post({ name: 'busy:latest', dockerfile })
    expect(second.status).toBe(409)
    expect(await second.json()).toMatchObject({ code: 'name_in_flight' })
    await client().cancel(id)
    await client().until(id, ({ status }) => status === 'cancelled')
    const third = await client().post({ name: 'busy', dockerfile: `FROM ${farm.baseImage}\n` })
    expect(third.status).toBe(202)
    const { build_id: next } = (await third.json()) as { build_id: string }
    await client().until(next, ({ status }) => status === 'succeeded')
  })
})

describe('a build that fails', () => {
  const fail = async (name: string, dockerfile: string) => {
    const images = await client().images()
    const reply = await client().post({ name, dockerfile })
    const { build_id: id } = (await reply.json()) as { build_id: string }
    const build = await client().until(id, ({ status }) => status !== 'building')
    expect(build.status).toBe('failed')
    expect(await client().images()).toEqual(images)
    expect(await farm.tags(name)).toEqual([])
    return build
  }

  it('names the line and the exit code of a RUN that fails, and publishes nothing', async () => {
    const build = await fail('broken', `FROM ${farm.baseImage}\n\nRUN echo before\nRUN exit 3\n`)
    expect(build.failure).toMatchObject({
      code: 'step_failed',
      line: 4,
      exitCode: 3,
      actor: 'user',
    })
    expect(build.attempts).toHaveLength(1)
    const texts = (await client().follow(build.id)).map(({ line }) => line.text)
    expect(texts).toContain('before')
  })

  it('names the line of a COPY whose source does not exist', async () => {
    const build = await fail('nosource', `FROM ${farm.baseImage}\nCOPY missing.txt /\n`)
    expect(build.failure).toMatchObject({ code: 'source_not_found', line: 2, actor: 'user' })
  })

  it('names the line of a base that does not exist', async () => {
    const host = new URL(farm.registry.url).host
    const build = await fail('nobase', `FROM ${farm.baseImage} AS a\nFROM ${host}/kiln/nothing:1\n`)
    expect(build.failure).toMatchObject({ code: 'base_not_found', line: 2, actor: 'user' })
  })

  it('says of a preset that it has to be built first', async () => {
    const build = await fail('onpreset', 'FROM ubuntu22-cuda:12.0\n')
    expect(build.failure).toMatchObject({ code: 'base_not_built', line: 1 })
  })

  it('does not publish an image that cannot run its own program', async () => {
    const dockerfile = `FROM ${farm.baseImage}\nRUN rm -f /bin/true && echo junk > /bin/true && chmod +x /bin/true\n`
    const build = await fail('cannot-run', dockerfile)
    expect(build.failure).toMatchObject({ code: 'verification_failed', actor: 'user' })
  })

  it('pushes nothing of an image that would be too large for its project', async () => {
    const limit = async (bytes: number | null) =>
      client().request('/api/projects/default/quotas', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ registry_bytes: bytes }),
      })
    const reply = await client().request('/api/projects/default/quotas')
    const { registry_bytes: taken } = (await reply.json()) as { registry_bytes: { use: number } }
    await limit(taken.use + 100_000)
    const dockerfile = `FROM ${farm.baseImage}\nRUN dd if=/dev/urandom of=/much bs=1M count=1\n`
    const build = await fail('too-large', dockerfile)
    expect(build.failure).toMatchObject({
      code: 'registry_quota',
      actor: 'user',
      message: expect.stringContaining(`of ${taken.use + 100_000} are used`),
    })
    await limit(null)
    expect(await client().build({ name: 'too-large', dockerfile })).toMatchObject({
      status: 'succeeded',
    })
  })

  it('names the line of a failing step in a Dockerfile of 48 KB', async () => {
    const padding = Array.from({ length: 600 }, (_, i) => `# ${String(i).padStart(78, '.')}`)
    const dockerfile = [`FROM ${farm.baseImage}`, ...padding, 'RUN exit 7'].join('\n')
    const build = await fail('large', dockerfile)
    expect(build.failure).toMatchObject({ code: 'step_failed', line: 602, exitCode: 7 })
  })
})
