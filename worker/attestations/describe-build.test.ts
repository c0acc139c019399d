import { expect, it } from 'vitest'
import { buildOptions } from '#contract/wire/build-options.ts'
import { provenance } from '#contract/wire/provenance.ts'
import type { BuildRecord } from '../../records/provenance.ts'
import { describeBuild } from './describe-build.ts'

const hex = (digit: string) => digit.repeat(64)
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second))

const build: BuildRecord = {
  id: 'build-1',
  attempt: 2,
  project: 'default',
  name: 'team/app:1.0',
  dockerfile: 'FROM base\n',
  baseImage: 'base',
  options: buildOptions.parse({
    build_args: { MODE: 'fast' },
    secrets: [{ id: 'netrc', secret: 'pip-login' }],
  }),
  context: null,
  sources: {
    git: { git: 'https://host/app.git', ref: 'main', subdir: 'app', commit: 'c'.repeat(40) },
    named: {
      files: { upload: `sha256:${hex('f')}` },
      tools: { image: 'tools:1', pinned: `host/tools@sha256:${hex('d')}` },
    },
  },
  bases: [{ reference: 'base', pinned: `host/base@sha256:${hex('b')}` }],
  nodeId: 'node-1',
  inventory: {
    host: { hostname: 'n', os: 'linux', kernel: '6', arch: 'x64' },
    cpu: { model: 'c', cores: 2 },
    memory_bytes: 1,
    disk: { total_bytes: 1, free_bytes: 1 },
    buildkit: { version: '0.34.2', platforms: [], devices: [] },
    gpus: [],
  },
  placedAt: at(0),
  startedAt: at(1),
  finishedAt: at(9),
  verdict: 'not_gpu',
  evidence: 'measured',
  detail: { command: '/bin/true', nonce: 'abcdefgh', at: 'never', verdict: 'gpu' },
  verifiedAt: at(8),
  environmentId: null,
  start: null,
  choices: null,
  savedBy: null,
}

const described = describeBuild(build, 'https://kiln.test/builder')

it('is provenance as SLSA has it', () => {
  expect(provenance.parse(described)).toEqual(described)
})

it('names everything that the build was made from by what it was', () => {
  const { resolvedDependencies = [] } = described.buildDefinition
  const digests = resolvedDependencies.map(({ name, digest }) => [name, digest])
  expect(Object.fromEntries(digests)).toMatchObject({
    context: { gitCommit: 'c'.repeat(40) },
    files: { sha256: hex('f') },
    tools: { sha256: hex('d') },
    base: { sha256: hex('b') },
    Dockerfile: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  })
})

it('says who ran it, when, and how it was verified', () => {
  const { builder, metadata, byproducts = [] } = described.runDetails
  expect(builder).toEqual({ id: 'https://kiln.test/builder', version: { buildkit: '0.34.2' } })
  expect(metadata).toEqual({
    invocationId: 'build-1/2',
    startedOn: at(1).toISOString(),
    finishedOn: at(9).toISOString(),
  })
  const [verification] = byproducts
  const content = Buffer.from(verification?.content ?? '', 'base64').toString('utf8')
  expect(JSON.parse(content)).toEqual({
    verdict: 'not_gpu',
    evidence: 'measured',
    at: at(8).toISOString(),
    command: '/bin/true',
    nonce: 'abcdefgh',
  })
})

it('refuses what no verifier would understand', () => {
  const { buildDefinition, runDetails } = described
  expect(provenance.safeParse({ buildDefinition }).success).toBe(false)
  const nameless = { ...buildDefinition, resolvedDependencies: [{ name: 'nothing' }] }
  expect(provenance.safeParse({ buildDefinition: nameless, runDetails }).success).toBe(false)
  const vague = { ...buildDefinition, buildType: 'dockerfile' }
  expect(provenance.safeParse({ buildDefinition: vague, runDetails }).success).toBe(false)
})

it('says of a saved environment what was saved, on what, and by whom', () => {
  const choices = {
    drop: ['/tmp/x'],
    keep: [],
    config: { env: {}, labels: {} },
    squash: false,
  }
  const saved = describeBuild(
    { ...build, environmentId: 'env-1', start: 2, choices, savedBy: 'ada' },
    'https://kiln.test/builder',
  )
  expect(provenance.parse(saved)).toEqual(saved)
  const { buildType, externalParameters, resolvedDependencies } = saved.buildDefinition
  expect(buildType).toBe('urn:kiln:build:environment:v1')
  expect(externalParameters).toEqual({
    project: 'default',
    name: 'team/app:1.0',
    environment: 'env-1',
    start: 2,
    choices,
    saved_by: 'ada',
  })
  expect(resolvedDependencies).toMatchObject([{ name: 'base', digest: { sha256: hex('b') } }])
})
