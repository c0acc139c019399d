import { expect, it } from 'vitest'
import { submitBuild } from '#contract/wire/build.ts'
import { buildDetail } from '#contract/wire/answers/build.ts'
import { ServerError } from '../../../client/server-error.ts'
import { emptyForm } from './build-form.ts'
import { readFieldErrors } from './field-errors.ts'
import { fromBuild } from './from-build.ts'
import { linesOf, pairsOf, toSubmission } from './to-submission.ts'

const shown = {
  id: 'build-1',
  project: 'default',
  name: 'team/app:1',
  description: 'mine',
  status: 'failed' as const,
  stage: 'failed',
  attempt: 1,
  node_id: null,
  waiting_reason: null,
  cancel_requested: false,
  digest: null,
  size: null,
  failure: null,
  created_at: '2026-11-29T00:00:00Z',
  finished_at: null,
  duration_ms: null,
  queue: null,
  version: null,
  base_image: null,
  packages: null,
  bases: [],
  attempts: [],
  stages: [],
  steps: { cached: 0, total: 0 },
  verification: null,
  priority: 'user',
  rebuild_because: null,
  quarantine: [],
}

it('sends nothing of fields that are empty', () => {
  const form = { ...emptyForm('default'), name: ' team/app:1 ', dockerfile: 'FROM scratch\n' }
  const sent = toSubmission(form)
  expect(sent).toEqual({
    project: 'default',
    name: 'team/app:1',
    description: '',
    dockerfile: 'FROM scratch\n',
    options: { build_args: {}, labels: {}, network: 'proxy' },
  })
  expect(submitBuild.safeParse(sent).success).toBe(true)
})

it('sends who may read a new image, and nothing of that for one that is there', () => {
  const failed = buildDetail.parse({
    ...shown,
    dockerfile: 'FROM base\n',
    context: null,
    contexts: {},
    options: {},
    visibility: 'private',
  })
  expect(toSubmission(fromBuild(failed))).toMatchObject({ visibility: 'private' })
  const done = { ...failed, status: 'succeeded' as const }
  expect(toSubmission(fromBuild(done))).not.toHaveProperty('visibility')
})

it('sends packages in place of a Dockerfile', () => {
  const form = { ...emptyForm(''), source: 'packages' as const, name: 'a', baseImage: 'base:1' }
  const files = { requirements: 'six\n', pyproject: '[project]\n', lock: ' ' }
  const sent = toSubmission({ ...form, ...files, apt: 'jq\n\n git # for clones\n' })
  expect(sent).toMatchObject({
    base_image: 'base:1',
    packages: { apt: ['jq', 'git'], pip: [], requirements: 'six\n', pyproject: '[project]\n' },
  })
  expect(sent.packages).not.toHaveProperty('lock')
  expect(sent).not.toHaveProperty('dockerfile')
  expect(submitBuild.safeParse(sent).success).toBe(true)
})

it('asks for a build again as it was asked for, also what the form does not show', () => {
  const build = buildDetail.parse({
    ...shown,
    dockerfile: 'FROM base\n',
    context: `sha256:${'a'.repeat(64)}`,
    contexts: {},
    options: {
      build_args: { WHO: 'you=me' },
      labels: {},
      no_cache: ['one'],
      network: 'none',
      limits: { memory: 8 * 1024 ** 3, shm_size: 1024 ** 2 },
      timeouts: { build: 90, total: 600 },
      compression: { type: 'gzip', level: 9, force: false },
      ssh: [{ id: 'default', secret: 'key' }],
    },
  })
  const sent = toSubmission(fromBuild(build))
  expect(submitBuild.parse(sent)).toMatchObject({
    dockerfile: 'FROM base\n',
    context: `sha256:${'a'.repeat(64)}`,
    options: {
      build_args: { WHO: 'you=me' },
      no_cache: ['one'],
      network: 'none',
      limits: { memory: 8 * 1024 ** 3, shm_size: 1024 ** 2 },
      timeouts: { build: 90, total: 600 },
      compression: { type: 'gzip', level: 9, force: false },
      ssh: [{ id: 'default', secret: 'key' }],
    },
  })
})

it('takes the level of a compression only along with its kind', () => {
  const options = { compression: { type: 'zstd' as const, level: 19, force: true } }
  const form = fromBuild(
    buildDetail.parse({
      ...shown,
      dockerfile: 'FROM base\n',
      context: null,
      contexts: {},
      options,
    }),
  )
  const sent = toSubmission({ ...form, options: { ...form.options, compression: 'gzip' } })
  expect(sent.options?.compression).toEqual({ type: 'gzip' })
})

it('leads from a saved environment to what has its files, not to its Dockerfile', () => {
  const build = buildDetail.parse({
    ...shown,
    dockerfile: `FROM registry/team/app@sha256:${'5'.repeat(64)}\n`,
    context: null,
    contexts: {},
    options: {},
    saved: {
      environment_id: 'env-1',
      start: 1,
      saved_by: 'alice@example.com',
      parent: 'team/app:1',
      parent_digest: `sha256:${'5'.repeat(64)}`,
      drop: [],
      keep: [],
      squash: false,
    },
  })
  const form = fromBuild(build)
  expect(form).toMatchObject({ source: 'environment', name: 'team/app:1', description: 'mine' })
  expect(form.dockerfile).not.toContain('registry/team/app@')
})

it('finds the field and the line that an answer is about', () => {
  const errors = [
    { field: 'dockerfile', line: 3, message: 'unknown instruction' },
    { field: 'packages.apt[2]', message: 'is an option' },
    { field: 'packages.requirements', line: 7, message: 'is an address' },
    { field: 'options.limits.memory', message: 'this farm allows less' },
    { field: 'options.build_args.A_TOKEN', message: 'looks like a secret' },
  ]
  const problem = { title: 'no', status: 422, code: 'dockerfile_invalid', errors }
  const read = readFieldErrors(new ServerError('POST /', { status: 422, problem }))
  expect(read.lines).toEqual([{ line: 3, message: 'unknown instruction' }])
  expect(Object.fromEntries(read.fields)).toEqual({
    apt: ['3: is an option'],
    requirements: ['7: is an address'],
    memory: ['this farm allows less'],
    buildArgs: ['looks like a secret'],
  })
  expect(readFieldErrors(new Error('no')).fields.size).toBe(0)
})

it('reads lines and pairs', () => {
  expect(linesOf(' a \n\n# b\nc#d\n')).toEqual(['a', 'c#d'])
  expect(pairsOf('A=1\n B = 2=3 \nC')).toEqual({ A: '1', B: ' 2=3 ', C: '' })
})
