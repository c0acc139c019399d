import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { countInFlight, createInFlight } from './in-flight.ts'

it('waits for requests that are worked on, also for those that fail, and for none that is over', async () => {
  const inFlight = createInFlight()
  await inFlight.settled(60_000)
  const { promise, resolve } = Promise.withResolvers<void>()
  const app = new Hono()
    .onError((_, c) => c.text('failed', 500))
    .use(countInFlight(inFlight))
    .get('/slow', async (c) => {
      await promise
      return c.text('done')
    })
    .get('/bad', () => {
      throw new Error('bad')
    })
  const slow = app.request('/slow')
  expect((await app.request('/bad')).status).toBe(500)
  let isSettled = false
  const settled = inFlight.settled(60_000).then(() => void (isSettled = true))
  await Promise.resolve()
  expect(isSettled).toBe(false)
  resolve()
  expect(await (await slow).text()).toBe('done')
  await settled
  expect(isSettled).toBe(true)
})

it('waits no longer than it may', async () => {
  const inFlight = createInFlight()
  inFlight.begin()
  await expect(inFlight.settled(1)).resolves.toBeUndefined()
})
