import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { appendFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { limitLog, measureLog } from '../../agent/environments/log-file.ts'
import { createEnvironmentHttp } from '../../agent/tunnel/environment-http.ts'
import { Unreachable } from '../../server/tunnels/tunnels.ts'
import { environmentId, openTestTunnel, type TestTunnel } from './tunnel-kit.ts'

const bytes = Buffer.alloc(3 * 1024 * 1024, 7)

/** What runs in the environment. */
const inside = createServer((request, response) => void answer(request, response))
let tunnel: TestTunnel

async function answer(request: IncomingMessage, response: ServerResponse) {
  let length = 0
  for await (const part of request) length += (part as Buffer).length
  if (request.url === '/big') response.end(bytes)
  else response.end(`${request.method} ${request.url} ${length}`)
}

const portOf = (server: ReturnType<typeof createServer>) => (server.address() as AddressInfo).port

let log: string
let runs = false
beforeAll(async () => {
  log = join(await mkdtemp(join(tmpdir(), 'kiln-tunnel-')), 'log')
  await once(inside.listen(0, '127.0.0.1'), 'listening')
  tunnel = await openTestTunnel({
    isRunning: ({ start }) => start === 1,
    http: createEnvironmentHttp({
      isRunning: () => runs,
      stillHereMs: 50,
      logOf: () => log,
      openTerminal: () => {
        throw new Error('nothing runs')
      },
      survey: async () => undefined,
    }),
    ports: {
      connect: async () => {
        const socket = connect(portOf(inside), '127.0.0.1')
        await once(socket, 'connect')
        return socket
      },
      [Symbol.dispose]: () => undefined,
    },
  })
  inside.on('upgrade', (_, socket, head) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n')
    socket.write(head)
    socket.pipe(socket)
  })
})
afterAll(async () => {
  await rm(dirname(log), { recursive: true, force: true })
  await tunnel[Symbol.asyncDispose]()
  inside.closeAllConnections()
  inside.close()
})

const ask = async (path: string, init?: RequestInit) => fetch(`${tunnel.url}${path}`, init)

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

it('passes every byte on of what speaks another protocol', async () => {
  const socket = connect(Number(new URL(tunnel.url).port), '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nfirst ')
  let text = ''
  socket.on('data', (part) => (text += part.toString()))
  await expect.poll(() => text).toMatch(/101 Switching[^]*\r\n\r\nfirst $/)
  socket.end('last')
  await once(socket, 'close')
  expect(text).toMatch(/first last$/)
})

it('tells what was printed last, also before the log was cut', async () => {
  const read = async () => {
    const reply = await ask(`/environments/${environmentId}/1/logs?follow=false`)
    return [...(await reply.text()).matchAll(/data: (\{"text".*\})/g)]
      .map(([, data]) => (JSON.parse(data ?? '') as { text: string }).text)
      .join('')
  }
  const MiB = 1024 ** 2
  await writeFile(log, 'a'.repeat(9 * MiB) + 'b'.repeat(9 * MiB))
  await limitLog(log)
  await appendFile(log, 'after')
  const text = await read()
  expect([text.length, /^b+after$/.test(text)]).toEqual([8 * MiB + 5, true])
  expect(await measureLog(log)).toBe(8 * MiB + 5)
  await limitLog(log)
  expect(await measureLog(log)).toBe(8 * MiB + 5)
})

it('cuts a log also where its end cannot be kept', async () => {
  const other = `${log}-2`
  await mkdir(`${other}.1`)
  await writeFile(other, 'a'.repeat(9 * 1024 ** 2))
  await expect(limitLog(other)).rejects.toThrow('EISDIR')
  expect((await stat(other)).size).toBe(0)
})

it('says that it is there while a program prints nothing, and ends when it does', async () => {
  await rm(`${log}.1`, { force: true })
  await writeFile(log, 'quiet')
  runs = true
  const reply = await ask(`/environments/${environmentId}/1/logs`)
  let told = ''
  for await (const piece of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    told += piece
    if (told.split(': still here\n\n').length > 3) runs = false
  }
  expect(told).toMatch(/"quiet"/)
  expect(told).toMatch(/event: end\ndata: \{\}\n\n$/)
})

it('reaches no other start, and no node that is not connected', async () => {
  expect((await ask('/', { headers: { 'x-start': '2' } })).status).toBe(404)
  const target = { environmentId, start: 1, port: 8000 }
  await expect(tunnel.tunnels.open('node-2', target)).rejects.toBeInstanceOf(Unreachable)
})
