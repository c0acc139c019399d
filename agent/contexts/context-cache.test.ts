import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ControlPlaneError } from '../control-plane.ts'
import { type ContextCache, createContextCache } from './context-cache.ts'
import { ContextUnavailable } from './context-unavailable.ts'
import type { FetchContext } from './download.ts'

let folder = ''
let caches: ContextCache[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-cache-'))
})
afterEach(async () => {
  await Promise.all(caches.map(async (cache) => cache[Symbol.asyncDispose]()))
  caches = []
  await rm(folder, { recursive: true })
})

const open = (maxBytes = 1e9) => {
  const cache = createContextCache({ folder, maxBytes, now: () => new Date(), random: () => 0 })
  caches.push(cache)
  return cache
}
const digestOf = (text: string) => `sha256:${createHash('sha256').update(text).digest('hex')}`
const names = async () => (await readdir(folder)).toSorted()
const nameOf = (text: string) => `${digestOf(text).slice(7)}.tar`
/** A server with `text`, which tells from which bytes on it was asked. */
const serving = (text: string, asked: number[] = []): FetchContext => {
  return async (from) => {
    asked.push(from)
    return (async function* bytes() {
      yield Buffer.from(text.slice(from))
    })()
  }
}
const never: FetchContext = async () => {
  throw new Error('nobody should ask')
}
const read = async (cache: ContextCache, text: string, fetch: FetchContext = serving(text)) => {
  using file = await cache.open(digestOf(text), fetch)
  return (await buffer(file.read())).toString()
}

it('fetches a context once for all who ask, and never again', async () => {
  const asked: number[] = []
  const cache = open()
  const fetch = serving('one', asked)
  const all = [read(cache, 'one', fetch), read(cache, 'one', fetch), read(cache, 'one', fetch)]
  expect(await Promise.all(all)).toEqual(['one', 'one', 'one'])
  expect(asked).toEqual([0])
  expect(await read(cache, 'one', never)).toBe('one')
  expect(await read(open(), 'one', never)).toBe('one')
})

it('gives what is there while the rest is still coming', async () => {
  const rest = Promise.withResolvers<void>()
  const cache = open()
  const begin = 'begin'.padEnd(1024 ** 2, '.')
  using file = await cache.open(digestOf(`${begin} end`), async () =>
    (async function* bytes() {
      yield Buffer.from(begin)
      await rest.promise
      yield Buffer.from(' end')
    })(),
  )
  const reading = file.read()[Symbol.asyncIterator]()
  expect(String((await reading.next()).value)).toBe(begin)
  rest.resolve()
  expect(String((await reading.next()).value)).toBe(' end')
  expect((await reading.next()).done).toBe(true)
})

it('goes on where the connection broke off', async () => {
  const asked: number[] = []
  const text = 'a long text'
  const breaking: FetchContext = async (from, signal) => {
    if (asked.length >= 3) return serving(text, asked)(from, signal)
    asked.push(from)
    return (async function* bytes() {
      yield Buffer.from(text.slice(from, from + 2))
      throw new TypeError('terminated')
    })()
  }
  expect(await read(open(), text, breaking)).toBe(text)
  expect(asked).toEqual([0, 2, 4, 6])
})

it('keeps nothing that is not what its digest says, and tries again for the next who asks', async () => {
  const cache = open()
  const wrong = read(cache, 'right', serving('wrong'))
  await expect(wrong).rejects.toThrow(ContextUnavailable)
  await expect(wrong).rejects.toThrow('other bytes')
  expect(await names()).toEqual([])
  expect(await read(cache, 'right')).toBe('right')
})

it('says when the server no longer has it', async () => {
  const gone: FetchContext = async () => {
    throw new ControlPlaneError('GET context', 404)
  }
  await expect(read(open(), 'x', gone)).rejects.toThrow('no longer has')
})

it('drops what was not used for longest, and nothing that is in use', async () => {
  const cache = open(8)
  await read(cache, 'aaaa')
  using _ = await cache.open(digestOf('bbbb'), serving('bbbb'))
  await read(cache, 'aaaa', never)
  await read(cache, 'cccc')
  await expect.poll(names).toEqual([nameOf('bbbb'), nameOf('cccc')].toSorted())
})

it('drops so much as is asked for, and nothing that is in use', async () => {
  const cache = open()
  using _ = await cache.open(digestOf('aaaa'), serving('aaaa'))
  for (const text of ['aaaa', 'bbbb', 'cccc', 'dddd']) await read(cache, text)
  await cache.drop(5)
  expect(await names()).toEqual([nameOf('aaaa'), nameOf('dddd')].toSorted())
  await cache.drop(100)
  expect(await names()).toEqual([nameOf('aaaa')])
})

it('takes over what an earlier agent left, except what it did not get whole', async () => {
  for (const [text, at] of [
    ['old', 1],
    ['new', 2],
  ] as const) {
    await writeFile(join(folder, nameOf(text)), text)
    await utimes(join(folder, nameOf(text)), at, at)
  }
  await writeFile(join(folder, `${nameOf('x')}.part`), 'half')
  const cache = open(5)
  expect(await read(cache, 'new', never)).toBe('new')
  expect(await names()).toEqual([nameOf('new')])
})
