import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prune } from '../agent/buildkit/prune.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

let farm: Farm
beforeAll(async () => {
  farm = await startFarm()
})
afterAll(async () => farm[Symbol.asyncDispose]())

const client = () => createClient(farm.url)
const folder = () =>
  join(
    farm.stateDir,
    'registry',
    'data',
    'docker',
    'registry',
    'v2',
    'repositories',
    'kiln',
    'cache',
  )

/** Two stages, so that a cache has something to hold that is no part of the image. */
const dockerfile = () =>
  [
    `FROM ${farm.baseImage} AS made`,
    'RUN cat /proc/sys/kernel/random/uuid > /id',
    `FROM ${farm.baseImage}`,
    'COPY --from=made /id /id',
    'RUN cp /id /again',
  ].join('\n')

const build = async (name: string, cache?: object, project = 'default') => {
  const options = cache === undefined ? {} : { cache }
  const done = await client().build({ project, name, dockerfile: dockerfile(), options })
  expect(done).toMatchObject({ status: 'succeeded', failure: null, attempt: 1 })
  return done
}

/** As on a node that has never built the image. */
const forget = async () => prune(farm.buildkitAddress, { all: true }, AbortSignal.timeout(30_000))

describe('the cache in the registry', () => {
  it('gives a node without a cache what another one has built, when both were asked to', async () => {
    const first = await build('kept:1', { export: 'max' })
    await forget()
    const second = await build('kept:1', { import: true })
    expect(second.digest).toBe(first.digest)
    const texts = (await client().follow(second.id)).map(({ line }) => line.text)
    expect(texts.filter((text) => text === 'CACHED').length).toBeGreaterThanOrEqual(3)
    await forget()
    expect((await build('kept:1')).digest).not.toBe(first.digest)
    await forget()
    expect((await build('kept:2', { import: true })).digest).not.toBe(first.digest)
  })

  it('cannot be named by a build of any project', async () => {
    await build('hidden:1', { export: 'min' })
    const { host } = new URL(farm.registry.url)
    const from = `FROM ${host}/kiln/cache/default/hidden:1\n`
    const stolen = await client().build({ name: 'thief', dockerfile: from })
    expect(stolen.failure).toMatchObject({ code: 'base_not_found', line: 1 })
    const named = await client().post({ name: 'cache/default/hidden:1', dockerfile: dockerfile() })
    expect(named.status).toBe(422)
    expect(await named.json()).toMatchObject({ code: 'invalid_name', errors: [{ field: 'name' }] })
  })

  it('fails no build when the registry does not take or give it', async () => {
    await rm(folder(), { recursive: true, force: true })
    // Below a file there can be no folder: whatever the registry is asked for there ends with status 500.
    await writeFile(folder(), '')
    const done = await build('unlucky:1', { import: true, export: 'max' })
    const texts = (await client().follow(done.id)).map(({ line }) => line.text)
    expect(texts).toContain('WARNING the cache was not exported: the registry did not take it')
    expect((await farm.manifest('unlucky', '1')).status).toBe(200)
    await rm(folder())
  })
})
