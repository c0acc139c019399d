import { expect, it } from 'vitest'
import { listenOnLoopback } from '../test/listen-on-loopback.ts'
import { createListener } from './listen.ts'

it('says once why it hears nothing, however often it tries', async () => {
  const told: unknown[] = []
  const tried = Promise.withResolvers<void>()
  let tries = 0
  const server = await listenOnLoopback()
  server.on('connection', (socket) => {
    socket.destroy()
    tries += 1
    if (tries === 3) tried.resolve()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('no TCP listener')
  const url = `postgres://kiln@127.0.0.1:${address.port}/kiln`
  await using _ = createListener(url, ['kiln_facts'], (error) => told.push(error))
  await tried.promise
  expect(told).toEqual([expect.any(Error)])
  server.close()
})
