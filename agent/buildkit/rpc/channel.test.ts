import { once } from 'node:events'
import { constants, createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { createServer, type Server } from 'node:net'
import { expect, it } from 'vitest'
import { BuildkitError, grpcCode } from '../error.ts'
import { ControlDefinition } from '../gen/control.ts'
import { type Channel, openChannel } from './channel.ts'
import { encodeFrame } from './frame.ts'
import { methodOf } from './method.ts'

const info = methodOf(ControlDefinition, ControlDefinition.methods.info)
const status = methodOf(ControlDefinition, ControlDefinition.methods.status)
const never = new AbortController().signal

async function addressOf(server: Server): Promise<string> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return `tcp://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

/** A daemon that answers every call in this way. */
async function answering(
  answer: (stream: ServerHttp2Stream) => void,
  test: (channel: Channel) => Promise<void>,
): Promise<void> {
  const server = createHttp2Server()
  server.on('stream', (stream) => {
    stream.on('error', () => undefined)
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc' },
      { waitForTrailers: true },
    )
    answer(stream)
  })
  await using _ = { [Symbol.asyncDispose]: async () => void server.close() }
  using channel = openChannel(await addressOf(server))
  await test(channel)
}

const failing = async (call: Promise<unknown>) => {
  const error: unknown = await call.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(BuildkitError)
  return error instanceof BuildkitError ? { code: error.code, reason: error.reason } : {}
}

it('says that nobody answers, also to a second call', async () => {
  using channel = openChannel('unix:///nowhere/buildkitd.sock')
  const lost = { code: grpcCode.unavailable, reason: 'the connection to the daemon was lost' }
  expect(await failing(channel.unary(info, {}, { signal: never }))).toEqual(lost)
  expect(await failing(channel.unary(info, {}, { signal: never }))).toEqual(lost)
})

it('gives up a daemon that never speaks with the reason of the signal', async () => {
  await using silent = createServer((socket) => socket.resume().on('error', () => undefined))
  using channel = openChannel(await addressOf(silent))
  const stop = new AbortController()
  const late = new Error('too late')
  setTimeout(() => stop.abort(late), 50)
  const { signal } = stop
  await expect(channel.unary(info, {}, { signal })).rejects.toBe(late)
  await expect(channel.unary(info, {}, { signal })).rejects.toBe(late)
})

it('gives up in the middle of a stream', async () => {
  const stop = new AbortController()
  await answering(
    (stream) => stream.write(encodeFrame(new Uint8Array())),
    async (channel) => {
      const read = async () => {
        for await (const _ of channel.serverStream(status, { ref: 'x' }, { signal: stop.signal }))
          stop.abort(new Error('enough'))
      }
      await expect(read()).rejects.toThrow('enough')
    },
  )
})

it.each([
  ['a message that is too long', Buffer.from([0, 0xff, 0xff, 0xff, 0xff]), 'is too long'],
  ['bytes that are no message', encodeFrame(Buffer.from([0x0a, 0xff])), ''],
  ['a compressed message', Buffer.from([1, 0, 0, 0, 0]), 'is compressed'],
])('fails on %s, does not wait for the rest and stays usable', async (_, bytes, reason) => {
  await answering(
    (stream) => stream.write(bytes),
    async (channel) => {
      const failed = await failing(channel.unary(info, {}, { signal: never }))
      expect(failed).toEqual({ code: grpcCode.internal, reason: expect.stringContaining(reason) })
      expect(await failing(channel.unary(info, {}, { signal: never }))).toEqual(failed)
    },
  )
})

const ending = (trailers: Record<string, string>, bytes: Buffer) => (stream: ServerHttp2Stream) => {
  stream.on('wantTrailers', () => stream.sendTrailers(trailers))
  stream.end(bytes)
}
const empty = encodeFrame(new Uint8Array())

it.each([
  ['an error', { 'grpc-status': '9', 'grpc-message': 'not%20now' }, empty, 9, 'not now'],
  [
    'a message that is no percent-encoding',
    { 'grpc-status': '9', 'grpc-message': '100%' },
    empty,
    9,
    '100%',
  ],
  ['an error in the middle of a message', { 'grpc-status': '9' }, empty.subarray(0, 3), 9, ''],
  [
    'half a message',
    { 'grpc-status': '0' },
    empty.subarray(0, 3),
    grpcCode.internal,
    'a message is cut off',
  ],
  [
    'no message',
    { 'grpc-status': '0' },
    Buffer.alloc(0),
    grpcCode.internal,
    'ended without an answer',
  ],
  ['no status', {}, empty, grpcCode.internal, 'the answer has no status'],
])('reads a call that ends with %s', async (_, trailers, bytes, code, reason) => {
  await answering(ending(trailers, bytes), async (channel) => {
    expect(await failing(channel.unary(info, {}, { signal: never }))).toEqual({ code, reason })
  })
})

it('takes a reset of one call for an error that was too large, and stays usable', async () => {
  await answering(
    (stream) => stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM),
    async (channel) => {
      const reset = { code: grpcCode.internal, reason: 'the stream was reset with 11' }
      expect(await failing(channel.unary(info, {}, { signal: never }))).toEqual(reset)
      expect(await failing(channel.unary(info, {}, { signal: never }))).toEqual(reset)
    },
  )
})

it('is closed before it is connected without harm to its process', async () => {
  const server = createServer()
  await using _ = { [Symbol.asyncDispose]: async () => void server.close() }
  const address = await addressOf(server)
  const taken = once(server, 'connection')
  const thrown: unknown[] = []
  const keep = (error: unknown) => thrown.push(error)
  process.on('uncaughtException', keep)
  openChannel(address)[Symbol.dispose]()
  await taken
  await new Promise((resolve) => setTimeout(resolve, 20))
  process.off('uncaughtException', keep)
  expect(thrown).toEqual([])
})
