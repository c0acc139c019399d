import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope, nextTick, shallowRef, watch } from 'vue'
import type { PageQuery } from '../../../client/pages.ts'
import { usePages } from './usePages.ts'

interface Row {
  readonly id: number
  readonly state: string
}

/** A list by key, the newest first, that can change and be held back. */
function openList(length: number) {
  const list = {
    rows: Array.from({ length }, (_, at): Row => ({ id: length - at, state: 'building' })),
    asked: [] as PageQuery[],
    /** Answers go out when it is resolved. */
    held: Promise.resolve(),
    failure: undefined as Error | undefined,
  }
  const read = async ({ limit = 50, cursor }: PageQuery) => {
    list.asked.push({ limit, cursor })
    const after = cursor === undefined ? Infinity : Number(cursor)
    const page = list.rows.filter(({ id }) => id < after).slice(0, limit)
    await list.held
    if (list.failure !== undefined) throw list.failure
    const last = page.at(-1)?.id ?? 0
    const isWhole = last <= (list.rows.at(-1)?.id ?? 0)
    return { rows: page, ...(!isWhole && { next_cursor: String(last) }) }
  }
  const add = () => list.rows.unshift({ id: (list.rows[0]?.id ?? 0) + 1, state: 'building' })
  return { list, read, add }
}

let scope: EffectScope
beforeEach(() => {
  vi.useFakeTimers()
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})

const idsOf = (rows: readonly Row[]) => rows.map(({ id }) => id)
const numbers = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, at) => from - at)
const settle = () => vi.advanceTimersByTimeAsync(0)

async function open(length: number, sources: Parameters<typeof usePages>[0]['sources'] = []) {
  const { list, read, add } = openList(length)
  const pages = scope.run(() =>
    usePages({ read, rowsOf: ({ rows }) => rows, keyOf: ({ id }) => id, sources }),
  )
  if (pages === undefined) throw new Error('the scope has ended')
  await settle()
  return { list, add, pages }
}

it('reads a page of 50, then of 200, to the end', async () => {
  const { list, pages } = await open(300)
  expect(idsOf(pages.rows.value)).toEqual(numbers(300, 251))
  await pages.more()
  expect(idsOf(pages.rows.value)).toEqual(numbers(300, 51))
  await pages.more()
  expect(idsOf(pages.rows.value)).toEqual(numbers(300, 1))
  expect(pages.hasMore.value).toBe(false)
  expect(list.asked.map(({ limit }) => limit)).toEqual([50, 200, 200])
})

it('reads on for who asks again as soon as a page is shown', async () => {
  const { pages } = await open(700)
  scope.run(() =>
    watch([pages.isLoading, pages.rows], ([isLoading]) => {
      if (!isLoading) void pages.more()
    }),
  )
  await pages.more()
  await settle()
  expect(idsOf(pages.rows.value)).toEqual(numbers(700, 1))
})

it('loses no row when others arrive, however far somebody has scrolled', async () => {
  const { add, pages } = await open(1_000)
  await pages.more()
  for (let arrived = 0; arrived < 3; arrived += 1) {
    add()
    const refreshed = pages.refresh()
    await vi.advanceTimersByTimeAsync(2_000)
    await refreshed
  }
  expect(idsOf(pages.rows.value)).toEqual(numbers(1_003, 754))
  await pages.more()
  expect(idsOf(pages.rows.value)).toEqual(numbers(1_003, 554))
})

it('shows what has become of rows behind the first page, and none that have gone', async () => {
  const { list, pages } = await open(300)
  await pages.more()
  list.rows = list.rows
    .filter(({ id }) => id !== 120)
    .map((row) => (row.id === 100 ? { ...row, state: 'failed' } : row))
  await pages.refresh()
  expect(idsOf(pages.rows.value)).not.toContain(120)
  expect(pages.rows.value.find(({ id }) => id === 100)?.state).toBe('failed')
  expect(list.asked.slice(2).map(({ limit }) => limit)).toEqual([200, 50])
})

it('reads once more after a change that came during a read', async () => {
  const { list, add, pages } = await open(10)
  const { promise, resolve } = Promise.withResolvers<void>()
  list.held = promise
  const first = pages.refresh()
  await settle()
  add()
  const again = [pages.refresh(), pages.refresh()]
  resolve()
  await Promise.all([first, ...again])
  expect(idsOf(pages.rows.value)).toEqual(numbers(11, 1))
  expect(list.asked).toHaveLength(3)
})

it('loads more although the list is read again meanwhile', async () => {
  const { list, pages } = await open(300)
  const { promise, resolve } = Promise.withResolvers<void>()
  list.held = promise
  const refreshed = pages.refresh()
  await settle()
  const more = [pages.more(), pages.more()]
  resolve()
  await Promise.all([refreshed, ...more])
  expect(idsOf(pages.rows.value)).toEqual(numbers(300, 51))
  expect(list.asked).toHaveLength(3)
})

it('reads a long list again no more often than a page a second', async () => {
  const { list, pages } = await open(2_000)
  for (let page = 0; page < 4; page += 1) await pages.more()
  list.asked.length = 0
  await pages.refresh()
  expect(list.asked).toHaveLength(5)
  void pages.refresh()
  await vi.advanceTimersByTimeAsync(3_900)
  expect(list.asked).toHaveLength(5)
  await vi.advanceTimersByTimeAsync(200)
  expect(list.asked).toHaveLength(10)
})

it('keeps what there was when it cannot be read again, and says so', async () => {
  const { list, pages } = await open(100)
  list.failure = new Error('away')
  await pages.refresh()
  expect(pages.rows.value).toHaveLength(50)
  expect(pages.error.value).toBe(list.failure)
  list.failure = undefined
  await pages.refresh()
  expect(pages.error.value).toBeUndefined()
})

it('begins anew when a source changes, and drops what was asked for before', async () => {
  const filter = shallowRef('')
  const { list, pages } = await open(300, [filter])
  const { promise, resolve } = Promise.withResolvers<void>()
  list.held = promise
  const old = [pages.refresh(), pages.more()]
  await settle()
  list.held = Promise.resolve()
  list.rows = [{ id: 7, state: 'other' }]
  filter.value = 'other'
  await nextTick()
  expect(pages.rows.value).toEqual([])
  await settle()
  resolve()
  await Promise.all(old)
  expect(idsOf(pages.rows.value)).toEqual([7])
  expect(pages.hasMore.value).toBe(false)
  expect(pages.isLoading.value).toBe(false)
})

it('asks for nothing once the page is gone', async () => {
  const { list, pages } = await open(300)
  scope.stop()
  await pages.refresh()
  await pages.more()
  expect(list.asked).toHaveLength(1)
})
