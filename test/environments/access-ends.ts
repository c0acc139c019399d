import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { isRunning } from '../processes.ts'
import { openTerminal } from './terminal.ts'

/** Where an environment of the project `default` runs that speaks WebSocket at its port 8002. */
interface Place {
  readonly url: string
  readonly id: string
}

const soon = { timeout: 30_000 }

/** What speaks it, in base64. */
export const readWebSocketEcho = async () =>
  readFile(join(import.meta.dirname, 'websocket-echo.sh'), 'base64')

/** As a browser asks a host of its own, which leads to the server. */
export async function askHost(
  url: string,
  host: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
) {
  const { hostname, port } = new URL(url)
  const asked = request({ hostname, port, path, headers: { host, ...headers } })
  asked.end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) }
}

/** Cases about what is open when its user may not use it any more. */
export function testEndOfAccess(place: () => Place): void {
  it('lets a WebSocket through the host of a port, until the session ends that opened it', async () => {
    const closed = await endSession(place())
    await expect.poll(closed, soon).toEqual([1008, 'your access has ended'])
  })
  it('closes terminals of a token that is revoked, and logs for who is no member any more', async () => {
    const isOver = await endTokenAndMembership(place())
    await expect.poll(isOver, soon).toBe(true)
  })
}

interface Asked {
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

async function call({ url }: Place, method: string, path: string, { body, headers }: Asked = {}) {
  const reply = await fetch(new URL(path, url), {
    method,
    headers: { ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  })
  expect([method, path, reply.status]).toEqual([method, path, expect.toBeOneOf([200, 201, 204])])
  const cookies = reply.headers.getSetCookie().map((one) => one.split(';')[0] ?? '')
  const answer = await reply.text()
  return { cookies, answer: (answer === '' ? {} : JSON.parse(answer)) as Record<string, string> }
}

async function makeBuilder(place: Place, name: string) {
  await call(place, 'POST', '/api/users', { body: { name } })
  const body = { role: 'builder' }
  await call(place, 'PUT', `/api/projects/default/members/${name}`, { body })
}

async function makeToken(place: Place, user: string) {
  const body = { user, name: `of ${user}`, scopes: ['build'] }
  const { answer } = await call(place, 'POST', '/api/tokens', { body })
  return { id: answer['id'] ?? '', token: answer['token'] ?? '' }
}

/** Opens one, and ends its session. @returns how it is closed. */
async function endSession(place: Place) {
  await makeBuilder(place, 'bob')
  const { token } = await makeToken(place, 'bob')
  const { cookies } = await call(place, 'POST', '/api/session', { body: { token } })
  const session = { headers: { cookie: cookies.join('; ') } }
  const ticket = `/api/environments/${place.id}/ports/8002/ticket`
  const { host, pathname, search } = new URL(
    (await call(place, 'POST', ticket, session)).answer['url'] ?? '',
  )
  const letIn = await askHost(place.url, host, `${pathname}${search}`)
  const cookie = letIn.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
  const open = (headers: Readonly<Record<string, string>>) =>
    new WebSocket(place.url.replace('http', 'ws'), { headers: { host, ...headers } })

  const stranger = open({ origin: `http://${host}` })
  stranger.on('error', () => undefined)
  const [, refused] = (await once(stranger, 'unexpected-response')) as [unknown, IncomingMessage]
  expect(refused.statusCode).toBe(401)

  const socket = open({ cookie, origin: `http://${host}` })
  let closed: unknown[] | undefined
  socket.on('close', (code, reason) => (closed = [code, reason.toString()]))
  await once(socket, 'open')
  socket.send('through the host of a port')
  const [heard] = (await once(socket, 'message')) as [Buffer]
  expect(heard.toString()).toBe('through the host of a port')

  await call(place, 'DELETE', '/api/session', session)
  expect((await askHost(place.url, host, '/', { cookie })).status).toBe(401)
  return () => closed
}

/** @returns whether the log is over that was read until the end of the membership. */
async function endTokenAndMembership(place: Place) {
  await makeBuilder(place, 'carol')
  const [first, second] = [await makeToken(place, 'carol'), await makeToken(place, 'carol')]
  const asFirst = { authorization: `Bearer ${first.token}` }
  const command = JSON.stringify(['sleep', '5005.75'])
  const path = `/api/environments/${place.id}`
  const terminal = await openTerminal(place.url, `${path}/exec`, { command }, asFirst)
  await expect.poll(async () => isRunning('sleep 5005.75'), soon).toBe(true)
  const headers = { authorization: `Bearer ${second.token}` }
  const log = await fetch(`${place.url}${path}/logs`, { headers })
  expect(log.status).toBe(200)
  let isOver = false
  void log
    .text()
    .finally(() => (isOver = true))
    .catch(() => undefined)

  await call(place, 'DELETE', `/api/tokens/${first.id}`)
  await expect.poll(terminal.closed, soon).toEqual({ code: 1008, reason: 'your access has ended' })
  await expect.poll(async () => isRunning('sleep 5005.75'), soon).toBe(false)
  expect(isOver).toBe(false)
  await call(place, 'DELETE', '/api/projects/default/members/carol')
  return () => isOver
}
