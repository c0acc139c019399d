import { appendFile, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { originRow, readBlock } from '#contract/log-block.ts'
import { LogDamaged } from './log-file.ts'
import { createLogStore, type LogStore } from './store.ts'

const ref = { buildId: 'build-01k3abcdefghjkmnpqrstvwxyz', attempt: 1 }
let dir: string
let store: LogStore
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'kiln-logs-'))
  store = createLogStore(dir)
})
afterEach(async () => {
  await store[Symbol.asyncDispose]()
  await rm(dir, { recursive: true })
})

const reopen = async () => {
  await store[Symbol.asyncDispose]()
  store = createLogStore(dir)
}
const path = (end: string) => join(dir, 'logs', 'yz', `${ref.buildId}.1.${end}`)
const block = (texts: readonly string[]) =>
  Buffer.from(
    originRow({ at: 0, stage: 'building', step: 1, stream: 'stdout' }) +
      texts.map((text) => `=${text}\n`).join(''),
  )
const add = async (start: number, ...texts: string[]) =>
  store.append(ref, { start, lines: texts.length, bytes: block(texts) })
const number = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => `line ${from + index}`)

async function readAll(from = 0): Promise<readonly string[]> {
  const texts: string[] = []
  for (let line = from; ;) {
    const found = await store.read(ref, line)
    if (found === undefined) return texts
    const rows = [...readBlock(found.bytes)].map((row) =>
      found.bytes.toString('utf8', row.from, row.to),
    )
    expect(rows).toHaveLength(found.lines)
    texts.push(...rows.slice(line - found.start))
    line = found.start + found.lines
  }
}

describe('a log that grows', () => {
  it('gives back what was added, from any line, and says what comes next', async () => {
    expect(await store.readNext(ref)).toBe(0)
    expect(await readAll()).toEqual([])
    expect(await add(0, 'a', 'b')).toBe(2)
    expect(await add(2, 'c')).toBe(3)
    expect(await readAll()).toEqual(['a', 'b', 'c'])
    expect(await readAll(1)).toEqual(['b', 'c'])
    expect(await readAll(3)).toEqual([])
    expect(await store.readNext(ref)).toBe(3)
  })

  it('takes lines once, however often they are sent, and none that leave a gap', async () => {
    expect(await add(0, 'a', 'b')).toBe(2)
    expect(await add(0, 'a', 'b')).toBe(2)
    expect(await add(1, 'b', 'c')).toBe(2)
    expect(await add(5, 'x')).toBe(2)
    const together = await Promise.all([add(2, 'c'), add(2, 'c'), add(3, 'd')])
    expect(together).toEqual([3, 3, 4])
    expect(await readAll()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('shows lines before they are on the disk and calls whoever follows the build', async () => {
    let seen = 0
    using _ = store.onGrowth(ref.buildId, () => (seen += 1))
    await add(0, 'a')
    const adding = add(1, 'b')
    await expect.poll(() => seen).toBe(2)
    expect(await readAll()).toEqual(['a', 'b'])
    expect(await adding).toBe(2)
  })

  it('is the same after a restart, however many lines came with each call', async () => {
    const sizes = [1, 700, 1, 1, 3000, 2, 5000, 1]
    let next = 0
    for (const size of sizes) next = (await add(next, ...number(next, size))) ?? -1
    const all = number(0, next)
    expect(await readAll()).toEqual(all)
    await reopen()
    expect(await store.readNext(ref)).toBe(next)
    expect(await readAll()).toEqual(all)
    await add(next, 'more')
    expect(await readAll(next - 1)).toEqual([all.at(-1), 'more'])
  })
})

describe('after kill -9', () => {
  it.each([1, 20, 33, 40])('cuts off a last write that lacks %i bytes', async (missing) => {
    await add(0, ...number(0, 900))
    const { size } = await stat(path('live'))
    await add(900, 'torn', 'off', 'in the middle of the night')
    await store[Symbol.asyncDispose]()
    await truncate(path('live'), (await stat(path('live'))).size - missing)
    store = createLogStore(dir)
    expect(await store.readNext(ref)).toBe(900)
    expect((await stat(path('live'))).size).toBe(size)
    await add(900, 'again')
    await reopen()
    expect((await readAll()).slice(-2)).toEqual(['line 899', 'again'])
  })

  it.each([
    ['bytes of something else', Buffer.from('x'.repeat(500))],
    ['zeros, as a file system leaves them', Buffer.alloc(4096)],
  ])('cuts off %s', async (_, garbage) => {
    await add(0, 'a')
    await store[Symbol.asyncDispose]()
    await appendFile(path('live'), garbage)
    store = createLogStore(dir)
    expect(await add(1, 'b')).toBe(2)
    await reopen()
    expect(await readAll()).toEqual(['a', 'b'])
  })

  it('goes on with a log that was being sealed', async () => {
    await add(0, 'a', 'b')
    await writeFile(path('new'), 'half of it')
    await reopen()
    expect(await store.seal(ref)).toMatchObject({ lines: 2 })
    expect(await readdir(join(dir, 'logs', 'yz'))).toEqual([`${ref.buildId}.1.log`])
  })
})

describe('a sealed log', () => {
  it('takes no more lines, is packed well, and still gives everything', async () => {
    for (let line = 0; line < 3000; line += 10) await add(line, ...number(line, 10))
    const { size } = await stat(path('live'))
    const sealed = await store.seal(ref)
    expect(sealed.lines).toBe(3000)
    expect(sealed.storedBytes).toBeLessThan(size / 5)
    expect((await stat(path('log'))).size).toBe(sealed.storedBytes)
    expect(await add(3000, 'late')).toBeUndefined()
    expect(await readAll()).toEqual(number(0, 3000))
    await reopen()
    expect(await add(3000, 'late')).toBeUndefined()
    expect(await store.seal(ref)).toEqual(sealed)
    expect(await readAll(2990)).toEqual(number(2990, 10))
  })

  it('is sealed without those who read it losing anything', async () => {
    for (let line = 0; line < 20_000; line += 500) await add(line, ...number(line, 500))
    const readers = Promise.all(Array.from({ length: 10 }, async (_, i) => readAll(i * 1000)))
    await Promise.all([store.seal(ref), store.seal({ ...ref, attempt: 2 })])
    const texts = await readers
    texts.forEach((text, i) => expect(text).toEqual(number(i * 1000, 20_000 - i * 1000)))
  })

  it('is gone once it is deleted', async () => {
    await add(0, 'a')
    await store.seal(ref)
    await store.delete(ref)
    expect(await readAll()).toEqual([])
    expect(await readdir(join(dir, 'logs', 'yz'))).toEqual([])
  })

  it('says that it is damaged instead of leaving lines out', async () => {
    await add(0, ...number(0, 100))
    const { storedBytes } = await store.seal(ref)
    await store[Symbol.asyncDispose]()
    await truncate(path('log'), storedBytes - 1)
    store = createLogStore(dir)
    await expect(store.read(ref, 0)).rejects.toThrow(LogDamaged)
  })
})

it('refuses what is not the id of a build as part of a path', async () => {
  await expect(store.readNext({ buildId: '../../etc/passwd', attempt: 1 })).rejects.toThrow(
    RangeError,
  )
})
