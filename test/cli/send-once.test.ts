import { createServer, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { createKilnClient } from '../../client/client.ts'
import { sendOnce } from '../../client/send-once.ts'

type Answer =
  | 'nothing'
  | { readonly status: number; readonly body: object; readonly headers?: Record<string, string> }

/** A server that gives one answer after the other. */
async function startServer(answers: readonly Answer[]) {
  const keys: (string | undefined)[] = []
  const http = createServer((request: IncomingMessage, reply) => {
    const answer = answers[keys.length] ?? 'nothing'
    keys.push(request.headers['idempotency-key']?.toString())
    if (answer === 'nothing') request.socket.destroy()
    else {
      reply.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      reply.end(JSON.stringify(answer.body))
    }
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
  return {
    keys,
    builds: createKilnClient({ server, token: undefined, fetch }).builds,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

const pauses: number[] = []
const sending = {
  random: () => 0.5,
  sleep: async (ms: number) => void pauses.push(ms),
  signal: new AbortController().signal,
}
const build = { name: 'a:1', dockerfile: 'FROM scratch\n' }
const accepted = { status: 202, body: { build_id: 'build-1', status: 'building' } }

it('sends a build again until it is answered, always with one key and ever longer pauses', async () => {
  await using server = await startServer(['nothing', { status: 503, body: {} }, accepted])
  pauses.length = 0
  const answer = await sendOnce(sending, async (headers) =>
    server.builds.submit(build, 'en', headers),
  )
  expect(answer.build_id).toBe('build-1')
  expect(server.keys).toHaveLength(3)
  expect(new Set(server.keys)).toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]))
  expect(pauses).toEqual([500, 1000])
})

it('sends again what came too soon, once the server wants it', async () => {
  const tooSoon = { status: 429, body: {}, headers: { 'retry-after': '3' } }
  await using server = await startServer([tooSoon, accepted])
  pauses.length = 0
  await sendOnce(sending, async (headers) => server.builds.submit(build, 'en', headers))
  expect(server.keys).toHaveLength(2)
  expect(pauses).toEqual([3000])
})

it('does not send again what was refused, nor for ever what is not answered', async () => {
  const refused = { type: 'x', title: 'no', status: 422, code: 'invalid_name' }
  await using server = await startServer([{ status: 422, body: refused }])
  const send = async () =>
    sendOnce(sending, async (headers) => server.builds.submit(build, 'en', headers))
  await expect(send()).rejects.toMatchObject({ status: 422 })
  expect(server.keys).toHaveLength(1)
  await expect(send()).rejects.toMatchObject({ status: undefined })
  expect(server.keys).toHaveLength(7)
  expect(new Set(server.keys).size).toBe(2)
})
