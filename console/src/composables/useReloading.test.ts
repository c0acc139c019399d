import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { effectScope, type EffectScope } from 'vue'
import type { FarmChange } from '#contract/answers.ts'

/** The event stream of a server, which tells what it is told to. */
function openStream() {
  const encoder = new TextEncoder()
  let told: ReadableStreamDefaultController<Uint8Array> | undefined
  const answer = async () =>
    new Response(new ReadableStream<Uint8Array>({ start: (controller) => (told = controller) }))
  const tell = async (change: Partial<FarmChange>) => {
    const data = { builds: [], environments: [], images: false, fleet: false, missed: false }
    const event = `event: changed\ndata: ${JSON.stringify({ ...data, ...change })}\n\n`
    told?.enqueue(encoder.encode(event))
    await vi.advanceTimersByTimeAsync(0)
  }
  return { answer, tell }
}

const page = Object.assign(new EventTarget(), { hidden: false })
let scope: EffectScope
beforeEach(() => {
  vi.useFakeTimers()
  page.hidden = false
  vi.stubGlobal('location', { origin: 'http://kiln.example' })
  vi.stubGlobal('document', page)
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function open(reload: () => Promise<void>) {
  const stream = openStream()
  vi.stubGlobal('fetch', stream.answer)
  const { useReloading } = await import('./useReloading.ts')
  scope.run(() => useReloading(reload, ({ builds, missed }) => builds.length > 0 || missed))
  await vi.advanceTimersByTimeAsync(0)
  return stream
}

it('reads again at once after a change, and after more of them once a second', async () => {
  let reads = 0
  const { tell } = await open(async () => void (reads += 1))
  await tell({ builds: ['build-1'] })
  expect(reads).toBe(1)
  await tell({ builds: ['build-1'] })
  await tell({ missed: true })
  expect(reads).toBe(1)
  await vi.advanceTimersByTimeAsync(1_000)
  expect(reads).toBe(2)
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reads).toBe(2)
})

it('leaves alone what a change is not about', async () => {
  let reads = 0
  const { tell } = await open(async () => void (reads += 1))
  await tell({ fleet: true })
  expect(reads).toBe(0)
})

it('reads once more when something changed during a read that took long', async () => {
  let reads = 0
  let { promise, resolve } = Promise.withResolvers<void>()
  const { tell } = await open(async () => {
    reads += 1
    await promise
  })
  await tell({ builds: ['build-1'] })
  await vi.advanceTimersByTimeAsync(3_000)
  await tell({ builds: ['build-2'] })
  await vi.advanceTimersByTimeAsync(3_000)
  expect(reads).toBe(1)
  resolve()
  await vi.advanceTimersByTimeAsync(0)
  expect(reads).toBe(2)
})

it('goes on after a read that failed', async () => {
  let reads = 0
  const { tell } = await open(async () => {
    reads += 1
    throw new Error('away')
  })
  await tell({ missed: true })
  await vi.advanceTimersByTimeAsync(1_000)
  await tell({ missed: true })
  expect(reads).toBe(2)
})

it('waits until somebody sees the page, and reads nothing once it is gone', async () => {
  let reads = 0
  const { tell } = await open(async () => void (reads += 1))
  page.hidden = true
  await tell({ builds: ['build-1'] })
  expect(reads).toBe(0)
  page.hidden = false
  page.dispatchEvent(new Event('visibilitychange'))
  await vi.advanceTimersByTimeAsync(0)
  expect(reads).toBe(1)
  await tell({ builds: ['build-1'] })
  scope.stop()
  await vi.advanceTimersByTimeAsync(5_000)
  expect(reads).toBe(1)
})
