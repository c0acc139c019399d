import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImageStore } from './image-store.ts'
import { createPullAhead } from './pull-ahead.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-ahead-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

const image = (name: string) => ({
  project: 'default',
  registry: { host: 'registry', repository: 'kiln/x' },
  digest: `sha256:${name}`,
  bytes: 10,
})
const start = (pull: (into: string, signal: AbortSignal) => Promise<void>, room = 1000) =>
  createPullAhead({
    images: createImageStore(folder, { measure: async () => 1, now: Date.now }),
    disk: { hasRoomFor: async (bytes) => bytes < room },
    pull: async (_, into, signal) => pull(into, signal),
  })
const present = async () => readdir(join(folder, 'default')).catch(() => [])

it('has the image ready and says so, as long as it is asked', async () => {
  using ahead = start(async (into) => writeFile(join(into, 'file'), ''))
  ahead.want(image('one'))
  await expect.poll(() => ahead.told()).toMatchObject({ digest: 'sha256:one', state: 'done' })
  expect(await present()).toContain('one')
  ahead.want(undefined)
  expect(ahead.told()).toBeUndefined()
})

it('fetches nothing that the disk has no room for', async () => {
  using ahead = start(async () => undefined, 20)
  ahead.want(image('large'))
  await expect.poll(() => ahead.told()).toMatchObject({ state: 'failed' })
  expect(ahead.told()?.message).toMatch(/no room/)
  expect(await present()).toEqual([])
})

it('gives up what is wanted no more, and leaves nothing of it', async () => {
  using ahead = start(async (_, signal) => sleep(60_000, undefined, { signal }))
  ahead.want(image('first'))
  expect(ahead.told()).toMatchObject({ state: 'pulling' })
  await expect.poll(present).toHaveLength(1)
  ahead.want(undefined)
  await expect.poll(present).toEqual([])
})
