import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createRawServer, type Server, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterEach, expect, it } from 'vitest'
import { readFromServer } from './read-from-server.ts'

let server: Server
let sockets: Socket[] = []
let stop = new AbortController()
afterEach(async () => {
  stop.abort()
  stop = new AbortController()
  await close()
})

async function close() {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await new Promise((resolve) => server.close(resolve))
}

async function listen(): Promise<URL> {
  server.on('connection', (socket: Socket) => sockets.push(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  return new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
}

async function read(headers: Readonly<Record<string, string>> = {}) {
  return readFromServer(await listen(), { path: '/a?b=c', headers, signal: stop.signal })
}
const answering = (listener: RequestListener) => {
  server = createServer(listener)
}
/** Says exactly this, in these pieces, and hangs up. */
const saying = (...pieces: readonly string[]) => {
  server = createRawServer(async (socket) => {
    socket.on('error', () => undefined)
    for (const piece of pieces) {
      socket.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    socket.end()
  })
}
const textOf = async (body: AsyncIterable<Uint8Array> | undefined) =>
  body && (await buffer(copies(body))).toString()
/** Each piece is valid until the next only. */
async function* copies(body: AsyncIterable<Uint8Array>) {
  for await (const piece of body) yield Buffer.from(piece)
}

it('reads a body that is larger than its buffer, from whoever keeps connections or not', async () => {
  const sent = Buffer.alloc(5_000_000, 'a long text. ')
  answering((request, response) => {
    expect([request.url, request.headers['range']]).toEqual(['/a?b=c', 'bytes=0-'])
    response.end(sent)
  })
  const { status, body } = await read({ range: 'bytes=0-' })
  expect(status).toBe(200)
  expect(await textOf(body)).toBe(sent.toString())
})

it('reads a head in pieces, and what comes with it', async () => {
  saying('HTTP/1.1 206 Par', 'tial\r\nX: y\r\nContent-Length: 6\r', '\n\r\nabc', 'def and more')
  const { status, body } = await read()
  expect(status).toBe(206)
  expect(await textOf(body)).toMatch(/^abcdef/)
})

it('takes the end of the connection for the end of a body without a length', async () => {
  saying('HTTP/1.1 200 OK\r\n\r\nabc', 'def')
  expect(await textOf((await read()).body)).toBe('abcdef')
})

it('says when less comes than was announced', async () => {
  saying('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'def')
  const { body } = await read()
  await expect(textOf(body)).rejects.toThrow('in the middle')
})

it('gives no body of a bad answer, and hangs up', async () => {
  const closed = Promise.withResolvers<void>()
  answering((request, response) => {
    request.socket.on('close', () => closed.resolve())
    response.writeHead(404).write('no such thing')
  })
  expect(await read()).toEqual({ status: 404 })
  await closed.promise
})

it.each([
  ['', 'without an answer'],
  ['HELLO\r\n\r\n', 'no HTTP'],
  ['x'.repeat(20_000), 'no HTTP'],
])('rejects what is no answer', async (said, reason) => {
  saying(said)
  await expect(read()).rejects.toThrow(reason)
})

it('rejects when nobody listens', async () => {
  answering(() => undefined)
  const base = await listen()
  await close()
  const wanted = { path: '/', headers: {}, signal: stop.signal }
  await expect(readFromServer(base, wanted)).rejects.toThrow('ECONNREFUSED')
})

it('ends when it is given up, before the answer and in its middle', async () => {
  answering((_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('begin')
  })
  const { body } = await read()
  setTimeout(() => stop.abort(new Error('enough')), 10)
  await expect(textOf(body)).rejects.toThrow('given up')
  await expect(
    readFromServer(new URL('http://127.0.0.1:1'), { path: '/', headers: {}, signal: stop.signal }),
  ).rejects.toThrow('enough')
})
