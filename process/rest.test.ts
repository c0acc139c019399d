import { expect, it } from 'vitest'
import { rest } from './rest.ts'

const longMs = 60_000

it('lasts as long as it is told to', async () => {
  const since = performance.now()
  await rest(50, new AbortController().signal)
  expect(performance.now() - since).toBeGreaterThan(45)
})

it('ends without an error as soon as the signal aborts, and at once where it has', async () => {
  const stop = new AbortController()
  const since = performance.now()
  const resting = rest(longMs, stop.signal)
  stop.abort(new Error('stopped'))
  await expect(resting).resolves.toBeUndefined()
  await expect(rest(longMs, stop.signal)).resolves.toBeUndefined()
  expect(performance.now() - since).toBeLessThan(longMs / 2)
})
