import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { performServerHandshake, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { duplexPair } from 'node:stream'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createServeStream } from '../../agent/tunnel/serve-stream.ts'
import { passRequest } from '../../server/tunnels/pass-on.ts'
import { createTunnels, Unreachable } from '../../server/tunnels/tunnels.ts'

const environmentId = `env-${'0'.repeat(26)}`
const bytes = Buffer.alloc(3 * 1024 * 1024, 7)

/** What runs in the environment. */
const inside = createServer((request, response) => void answer(request, response))
const tunnels = createTunnels()
let session: ServerHttp2Session
let outside: ReturnType<typeof createServer>

async function answer(request: IncomingMessage, response: ServerResponse) {
  let length = 0
  for await (const part of request) length += (part as Buffer).length
  if (request.url === '/big') response.end(bytes)
  else response.end(`${request.method} ${request.url} ${length}`)
}

async function pass(request: IncomingMessage, response: ServerResponse) {
  const start = Number(request.headers['x-start'] ?? 1)
  try {
    const stream = await tunnels.open('node-1', { environmentId, start, port: 8000 })
    const path = request.url ?? '/'
    passRequest(request, response, { stream, path, prefix: '/p', sandbox: false })
  } catch (error) {
    response.writeHead(error instanceof Unreachable ? (error.status ?? 503) : 500).end()
  }
}

const portOf = (server: ReturnType<typeof createServer>) => (server.address() as AddressInfo).port

beforeAll(async () => {
  await once(inside.listen(0, '127.0.0.1'), 'listening')
  const [near, far] = duplexPair()
  tunnels.adopt('node-1', near)
  session = performServerHandshake(far)
  const serve = createServeStream({
    isRunning: ({ start }) => start === 1,
    http: createServer(),
    ports: {
      connect: async () => {
        const socket = connect(portOf(inside), '127.0.0.1')
        await once(socket, 'connect')
        return socket
      },
      [Symbol.dispose]: () => undefined,
    },
  })
  session.on('stream', (stream, headers) => void serve(stream, headers))
  outside = createServer((request, response) => void pass(request, response))
  await once(outside.listen(0, '127.0.0.1'), 'listening')
})
afterAll(() => {
  tunnels.shutOut(['node-1'])
  session.destroy()
  for (const server of [inside, outside]) server.closeAllConnections()
  inside.close()
  outside.close()
})

const ask = async (path: string, init?: RequestInit) =>
  fetch(`http://127.0.0.1:${portOf(outside)}${path}`, init)

it('passes requests on, with and without a body', async () => {
  expect(await (await ask('/a?b=c')).text()).toBe('GET /a?b=c 0')
  const posted = await ask('/in', { method: 'POST', body: bytes })
  expect(await posted.text()).toBe(`POST /in ${bytes.length}`)
})

it('passes large answers back whole, several at a time', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, async () => (await ask('/big')).arrayBuffer()),
  )
  for (const one of answers) expect(Buffer.from(one).equals(bytes)).toBe(true)
})

it('reaches no other start, and no node that is not connected', async () => {
  expect((await ask('/', { headers: { 'x-start': '2' } })).status).toBe(404)
  const target = { environmentId, start: 1, port: 8000 }
  await expect(tunnels.open('node-2', target)).rejects.toBeInstanceOf(Unreachable)
})
