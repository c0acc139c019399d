import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '#contract/problem.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

/** Nothing here may reach a node. */
let farm: Farm
beforeAll(async () => {
  farm = await startFarm({ agent: false })
})
afterAll(async () => farm[Symbol.asyncDispose]())

const dockerfile = 'FROM x AS one\nFROM one AS two\n'
const post = async (body: object) => {
  const reply = await createClient(farm.url).post(
    JSON.stringify({ name: 'picky', dockerfile, ...body }),
  )
  const problem = (await reply.json()) as Problem
  expect(problem.status).toBe(reply.status)
  return problem
}

const twice = [
  { id: 'a', secret: 'x' },
  { id: 'a', secret: 'y' },
]

describe('an option that is wrong is answered with its field', () => {
  it.each<[object | null | string, string, string]>([
    [{ target: '' }, 'target', '>=1'],
    [{ target: 1 }, 'target', 'expected string'],
    [{ target: '1' }, 'target', 'there are one, two'],
    [{ target: 'three' }, 'target', 'there is no stage "three"; there are one, two'],
    [{ platform: 'windows/amd64' }, 'platform', 'such as linux/amd64'],
    [{ platform: 'linux/amd64,linux/arm64' }, 'platform', 'such as linux/amd64'],
    [{ platform: ['linux/amd64'] }, 'platform', 'expected string'],
    [{ build_args: ['A=1'] }, 'build_args', 'expected record'],
    [{ build_args: { '1A': 'x' } }, 'build_args.1A', 'expected a variable name'],
    [{ build_args: { A: 1 } }, 'build_args.A', 'expected string'],
    [{ build_args: { A: 'x'.repeat(8193) } }, 'build_args.A', '<=8192'],
    [{ build_args: { A: 'x\0' } }, 'build_args.A', 'a NUL'],
    [{ build_args: { A: '\uD800' } }, 'build_args.A', 'half a character'],
    [{ build_args: { DB_PASSWORD: 'x' } }, 'build_args.DB_PASSWORD', 'mount a secret instead'],
    [{ build_args: { SOURCE_DATE_EPOCH: '1' } }, 'build_args.SOURCE_DATE_EPOCH', 'set by Kiln'],
    [{ labels: { '': 'x' } }, 'labels.', 'a name is empty'],
    [{ labels: { a: true } }, 'labels.a', 'expected string'],
    [{ labels: { 'dev.kiln.x': '' } }, 'labels.dev.kiln.x', 'set by Kiln'],
    [{ no_cache: 'yes' }, 'no_cache', 'true, false or names of stages'],
    [{ no_cache: [] }, 'no_cache', '>=1'],
    [{ no_cache: ['one', 'three'] }, 'no_cache', 'there is no stage "three"; there are one, two'],
    [{ pull: false }, 'pull', 'cannot be switched off'],
    [{ network: 'host' }, 'network', '"proxy"|"open"|"none"'],
    [{ limits: { memory: '4' } }, 'limits.memory', 'expected 16MiB to 64TiB'],
    [{ limits: { memory: '4GB' } }, 'limits.memory', '"4GiB"'],
    [{ limits: { memory: null } }, 'limits.memory', 'expected a number or a text'],
    [{ limits: { shm_size: '2PiB' } }, 'limits.shm_size', 'expected 1MiB to 1TiB'],
    [{ limits: { cpus: '2' } }, 'limits.cpus', 'expected number'],
    [{ limits: { cpus: 0 } }, 'limits.cpus', '>=0.01'],
    [{ limits: { nofile: 1.5 } }, 'limits.nofile', 'expected int'],
    [{ limits: { pids: 5 } }, 'limits', '"pids"'],
    [{ timeouts: { build: '60' } }, 'timeouts.build', 'expected number'],
    [{ timeouts: { total: 100_000 } }, 'timeouts.total', '<=86400'],
    [{ timeouts: { fast: 1 } }, 'timeouts', '"fast"'],
    [{ compression: 'zstd' }, 'compression', 'expected object'],
    [{ compression: { type: 'brotli' } }, 'compression.type', "'zstd' | 'gzip'"],
    [{ compression: { type: 'zstd', level: 23 } }, 'compression.level', '<=22'],
    [{ compression: { type: 'uncompressed', level: 1 } }, 'compression', '"level"'],
    [{ cache: true }, 'cache', 'expected object'],
    [{ cache: { export: 'all' } }, 'cache.export', '"off"|"min"|"max"'],
    [{ secrets: { a: 'x' } }, 'secrets', 'expected array'],
    [{ secrets: [{ id: 'a' }] }, 'secrets.0.secret', 'expected string'],
    [{ secrets: [{ id: 'a b', secret: 'x' }] }, 'secrets.0.id', 'expected letters'],
    [{ secrets: [{ id: 'a', secret: '../x' }] }, 'secrets.0.secret', 'expected at most 128'],
    [{ secrets: [{ id: 'a', secret: 'x', value: 'v' }] }, 'secrets.0', '"value"'],
    [{ secrets: twice }, 'secrets.1.id', 'is given twice'],
    [{ ssh: [{ secret: 'x' }, { secret: 'y' }] }, 'ssh.1.id', 'is given twice'],
    [{ reproducible: 'yes' }, 'reproducible', 'expected true, false or'],
    [{ reproducible: { source_date_epoch: -1 } }, 'reproducible.source_date_epoch', '>=0'],
    [{ cgroup_parent: '/' }, '', '"cgroup_parent"'],
    [null, '', 'expected object'],
    ['fast', '', 'expected object'],
  ])('%j', async (options, field, why) => {
    const refused = await post({ options })
    expect(refused).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(refused.errors).toEqual([
      {
        field: field === '' ? 'options' : `options.${field}`,
        message: expect.stringContaining(why),
      },
    ])
    expect(refused.detail).toContain(refused.errors?.[0]?.field)
  })

  it.each<[object, string, string]>([
    [{ secrets: [{ id: 'a', secret: 'nobody' }] }, 'secrets.0.secret', 'no secret "nobody"'],
    [{ ssh: [{ secret: 'nobody' }] }, 'ssh.0.secret', 'no secret "nobody"'],
  ])('%j', async (options, field, why) => {
    expect(await post({ options })).toMatchObject({
      status: 422,
      code: 'secret_unknown',
      errors: [{ field: `options.${field}`, message: expect.stringContaining(why) }],
    })
  })
})

describe('whatever else is wrong with a submit too', () => {
  it.each<[object, number, string]>([
    [{ dockerfile: 5 }, 400, 'dockerfile'],
    [{ dockerfile: '' }, 400, 'dockerfile'],
    [{ dockerfile: `FROM x\n#${'x'.repeat(131_072)}` }, 400, 'dockerfile'],
    [{ dockerfile: 'FROM x\nRUN true \0\n' }, 400, 'dockerfile'],
    [{ description: '\0' }, 400, 'description'],
    [{ base_image: 'UPPER' }, 400, 'base_image'],
    [{ context: 'sha256:1' }, 400, 'context'],
    [{ contexts: { A: 'x' } }, 400, 'contexts.A'],
    [{ project: 'X Y' }, 400, 'project'],
    [{ project: 'nobody' }, 422, 'project'],
    [{ name: 'Upper' }, 422, 'name'],
  ])('%j', async (body, status, field) => {
    expect(await post(body)).toMatchObject({ status, errors: [{ field }] })
  })

  it('is never an error of the server for a NUL in an address', async () => {
    for (const path of ['/api/builds/%00', '/api/builds?name=%00', '/api/images?category=a%00']) {
      const reply = await createClient(farm.url).request(path)
      expect(reply.status).toBe(400)
      expect(await reply.json()).toMatchObject({ code: 'invalid_request' })
    }
  })
})
