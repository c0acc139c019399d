import { once } from 'node:events'
import { connect, performServerHandshake } from 'node:http2'
import { duplexPair } from 'node:stream'
import { expect, it } from 'vitest'
import { socketOf } from './socket-of.ts'

const nothing = () => undefined

it('ends the HTTP/2 sessions on both ends when the stream breaks while they write', async () => {
  const [mine, theirs] = duplexPair()
  const [near, far] = await Promise.all([socketOf(mine), socketOf(theirs)])
  const server = performServerHandshake(far).on('error', nothing)
  const client = connect('http://node', { createConnection: () => near }).on('error', nothing)
  server.on('stream', (stream) => {
    stream.on('error', nothing)
    stream.respond()
    stream.pipe(stream)
  })
  const stream = client.request({ ':method': 'POST' }).on('error', nothing)
  stream.write(Buffer.alloc(4 * 1024 * 1024))
  await once(stream, 'data')
  const ended = Promise.all([once(server, 'close'), once(client, 'close')])
  mine.destroy()
  theirs.destroy()
  await ended
  expect([client.destroyed, server.destroyed]).toEqual([true, true])
})
