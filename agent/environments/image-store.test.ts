import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createImageStore, type ImageStore } from './image-store.ts'

let folder: string
let store: ImageStore
let time: number
let pulls: number
const day = 24 * 3_600_000
const key = (name: string) => ({ project: 'default', digest: `sha256:${name}` })
const pull = async (into: string) => {
  pulls += 1
  await writeFile(join(into, 'file'), 'x')
}
const open = async (name: string) => {
  time += 1000
  return store.open(key(name), pull)
}
const names = async () => (await readdir(join(folder, 'default'))).toSorted()
const left = async () => (await names()).filter((name) => !name.includes('.'))

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-images-'))
  time = Date.UTC(2026, 0, 1)
  pulls = 0
  store = createImageStore(folder, { measure: async () => 100, now: () => time })
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

it('unpacks an image once, however many start from it', async () => {
  const paths = await Promise.all([open('one'), open('one')])
  expect(new Set(paths)).toEqual(new Set([store.pathOf(key('one'))]))
  await open('one')
  expect(pulls).toBe(1)
  expect(await store.list()).toMatchObject([{ path: paths[0], bytes: 100 }])
})

it('gives up first what was not used for longest, and nothing that is used', async () => {
  for (const name of ['one', 'two', 'three', 'four']) await open(name)
  await open('one')
  await store.drop(150, () => [key('two')])
  expect(await left()).toEqual(['one', 'two'])
  await store.drop(Number.POSITIVE_INFINITY, () => [key('two')])
  expect(await names()).toEqual(['two', 'two.bytes'])
  await open('three')
  expect(pulls).toBe(5)
})

it('keeps for some days what nobody uses, and nothing that was only begun', async () => {
  await open('one')
  await open('two')
  const failed = store.open(key('broken'), async (into) => {
    await pull(into)
    throw new Error('no answer')
  })
  await expect(failed).rejects.toThrow('no answer')
  await store.tidy([key('two')])
  expect(await left()).toEqual(['one', 'two'])
  time += 2 * day
  await store.tidy([key('two')])
  time += 2 * day
  await store.tidy([key('two')])
  expect(await names()).toEqual(['two', 'two.bytes'])
})
