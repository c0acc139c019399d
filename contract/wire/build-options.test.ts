import { expect, it } from 'vitest'
import { buildOptions } from './build-options.ts'

it('stores what was asked for and the defaults that older builds mean', () => {
  expect(buildOptions.parse({})).toEqual({
    build_args: {},
    labels: {},
    no_cache: false,
    network: 'proxy',
  })
})

it('takes sizes with units and platforms with the variant that goes without saying', () => {
  const limits = { memory: '4GiB', shm_size: 1024 ** 2 }
  expect(buildOptions.parse({ limits, platform: 'linux/arm64/v8' })).toMatchObject({
    limits: { memory: 4 * 1024 ** 3, shm_size: 1024 ** 2 },
    platform: 'linux/arm64',
  })
})

it.each([
  [{ build_args: { TOKENIZERS_PARALLELISM: 'false', tokenizer: 'x' } }],
  [{ labels: { 'org.opencontainers.image.source': 'https://example.org/a' } }],
  [{ no_cache: ['a'], pull: true }],
  [{ compression: { type: 'zstd', level: 19, force: true } }],
  [{ reproducible: true }],
  [{ reproducible: { source_date_epoch: 0 } }],
  [{ timeouts: { build: 60, verify: 1, push: 86_400, total: 3600, no_output: 10 } }],
])('takes %j', (options) => expect(buildOptions.safeParse(options).success).toBe(true))

// Put together here, so that no tool takes this file for a leak.
const token = ['ghp', 'q7Xb2Lw9Zt4Kc1Vn8Hs5Pd3Jm6Rf0GaUe1Yi'].join('_')

it.each([
  [{ build_args: { API_TOKEN: 'x' } }, 'build_args.API_TOKEN'],
  [{ build_args: { HARMLESS: token } }, 'build_args.HARMLESS'],
  [{ build_args: { INDEX: 'https://me:hunter2@pypi.example/' } }, 'build_args.INDEX'],
  [{ build_args: { BUILDKIT_SYNTAX: 'x' } }, 'build_args.BUILDKIT_SYNTAX'],
  [{ build_args: { https_proxy: 'x' } }, 'build_args.https_proxy'],
  [{ labels: { 'dev.kiln.project': 'x' } }, 'labels.dev.kiln.project'],
  [{ labels: { note: token } }, 'labels.note'],
  [{ no_cache: [] }, 'no_cache'],
  [{ pull: false }, 'pull'],
  [{ network: 'host' }, 'network'],
  [{ platform: 'linux/x86' }, 'platform'],
  [{ limits: { memory: '1MiB' } }, 'limits.memory'],
  [{ limits: { memory: '4 gigabytes' } }, 'limits.memory'],
  [{ limits: { cpus: 0 } }, 'limits.cpus'],
  [{ limits: { pids: 100 } }, 'limits'],
  [{ timeouts: { build: 0 } }, 'timeouts.build'],
  [{ compression: { type: 'lz4' } }, 'compression.type'],
  [{ compression: { type: 'gzip', level: 10 } }, 'compression.level'],
  [{ compression: { type: 'uncompressed', level: 1 } }, 'compression'],
  [{ reproducible: { source_date_epoch: -1 } }, 'reproducible.source_date_epoch'],
  [{ reproducible: 1 }, 'reproducible'],
  [{ cgroup_parent: '/' }, ''],
])('refuses %j and names the field', (options, field) => {
  const { error } = buildOptions.safeParse(options)
  expect(error?.issues.map(({ path }) => path.join('.'))).toEqual([field])
  expect(error?.message).not.toContain(token)
})
