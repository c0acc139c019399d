import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { followBuild } from '../../client/follow-build.ts'
import { ServerError } from '../../client/server-error.ts'

type Answer = (reply: ServerResponse) => void

let server: Server
let answers: Answer[]
let asked: (string | undefined)[]
beforeEach(async () => {
  answers = []
  asked = []
  server = createServer((request, reply) => {
    asked.push(request.headers['last-event-id']?.toString())
    const answer = answers.shift()
    if (answer === undefined) reply.writeHead(503).end()
    else answer(reply)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => server.close())

const log = (line: number) => {
  const data = { attempt: 1, line, at: '2026-01-01T00:00:00Z', stage: 'building', step: 1 }
  const whole = { ...data, stream: 'stdout', text: `line ${line}` }
  return `event: log\ndata: ${JSON.stringify(whole)}\nid: 1.${line}\n\n`
}
const end = 'event: end\ndata: {"status":"succeeded","digest":null}\n\n'

const events =
  (text: string, after: 'end' | 'break' = 'end'): Answer =>
  (reply) => {
    reply.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.write(text, () => (after === 'end' ? reply.end() : reply.destroy()))
  }

async function follow(signal = new AbortController().signal) {
  const { port } = server.address() as AddressInfo
  const connection = { server: new URL(`http://127.0.0.1:${port}`), token: undefined, fetch }
  const pauses: number[] = []
  const sleep = async (ms: number) => {
    pauses.push(ms)
  }
  const seen: unknown[] = []
  const following = { connection, signal, random: () => 0.5, sleep }
  for await (const { event, data } of followBuild(following, 'build-1')) {
    seen.push(event === 'log' ? data.text : event)
  }
  return { seen, pauses }
}

describe('followBuild', () => {
  it('goes on after the last whole line when the connection breaks or ends too early', async () => {
    answers.push(
      events(log(1) + log(2) + log(3).slice(0, 40), 'break'),
      events(`: still here\n\n${log(3)}`),
      events(log(4) + end),
    )
    const { seen } = await follow()
    expect(seen).toEqual(['line 1', 'line 2', 'line 3', 'line 4', 'end'])
    expect(asked).toEqual([undefined, '1.2', '1.3'])
  })

  it('asks a server that is away later and later, and is told of no other event', async () => {
    const away: Answer = (reply) => reply.writeHead(502).end()
    answers.push(away, away, away, events(`event: of-tomorrow\ndata: {}\n\n${end}`))
    const { seen, pauses } = await follow()
    expect(seen).toEqual(['end'])
    expect(pauses).toEqual([500, 1000, 2000])
  })

  it('gives up on a server that stays away, and at once where it refuses', async () => {
    await expect(follow()).rejects.toBeInstanceOf(ServerError)
    expect(asked.length).toBeGreaterThan(10)
    asked = []
    answers.push((reply) => reply.writeHead(404).end('{}'))
    await expect(follow()).rejects.toMatchObject({ status: 404 })
    expect(asked).toHaveLength(1)
  })

  it('comes back when it has asked too often, and no sooner than it is told to', async () => {
    answers.push(
      (reply) => reply.writeHead(429, { 'retry-after': '7' }).end('{}'),
      events(log(1), 'break'),
      (reply) => reply.writeHead(408).end(),
      events(end),
    )
    const { seen, pauses } = await follow()
    expect(seen).toEqual(['line 1', 'end'])
    expect(pauses).toEqual([7000, 500, 1000])
  })

  it('ends with the reason of the signal', async () => {
    const stop = new AbortController()
    answers.push((reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' }).write(log(1))
      stop.abort(new Error('enough'))
    })
    await expect(follow(stop.signal)).rejects.toThrow('enough')
  })
})
