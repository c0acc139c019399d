import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, expect, it } from 'vitest'
import type { OfferedVolume } from '#contract/volume.ts'
import { createControlPlane } from '../control-plane.ts'
import { Fenced, createRunning } from '../stages/running.ts'
import { createContact } from './contact.ts'
import { fence } from './fence.ts'
import { beat } from './heartbeat.ts'

/** Long enough for a machine that is busy otherwise. */
const leaseMs = 2_400
const patience = { timeout: 10_000 }
const terms = { everyMs: leaseMs / 4, leaseMs }
const log = pino({ level: 'silent' })
const clock = () => performance.now()
const attempt = { buildId: 'build-1', attempt: 1 }

let stack: AsyncDisposableStack
afterEach(async () => stack.disposeAsync())

/** A node with a stage that runs, and a server that hears it. */
async function begin(
  listener: RequestListener,
  offered: () => readonly OfferedVolume[] = () => [],
) {
  stack = new AsyncDisposableStack()
  const server = createServer(listener)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const stop = new AbortController()
  const contact = createContact(clock(), leaseMs)
  const running = createRunning()
  const stopped = running
    .run(attempt, new AbortController().signal, async (signal) => {
      await once(signal, 'abort')
      return signal.reason as unknown
    })
    .catch((error: unknown) => error)
  const shutOut: unknown[] = []
  const deps = {
    controlPlane: createControlPlane(new URL(`http://127.0.0.1:${port}`), () => 'token', {
      incarnation: 'start',
    }),
    disk: { low: () => undefined, unchanged: () => new AbortController().signal },
    volumes: { offered },
    register: async () => undefined,
    onShutOut: (error: unknown) => void shutOut.push(error),
    random: () => 0.5,
    contact,
    running,
    clock,
    log,
  }
  const beating = beat(deps, 'node-1', terms, stop.signal)
  const loops = [beating, fence(deps, leaseMs, stop.signal)]
  stack.defer(async () => {
    stop.abort()
    await running[Symbol.asyncDispose]()
    await Promise.all(loops)
  })
  return { stopped, shutOut, contact, beating, stop }
}

it('stops its stages when the farm hears it and no answer comes back', async () => {
  let heard = 0
  const { stopped } = await begin(() => void (heard += 1))
  expect(await stopped).toBeInstanceOf(Fenced)
  // It has asked again, and been heard.
  expect(heard).toBeGreaterThan(1)
})

it('lets its stages run on through a silence that ends in time', async () => {
  let silentFrom = Infinity
  const { stopped, contact } = await begin((request, response) => {
    const isSilent = clock() > silentFrom && clock() < silentFrom + leaseMs / 3
    if (isSilent) request.socket.destroy()
    else response.end('{}')
  })
  silentFrom = clock() + leaseMs / 2
  await expect.poll(() => contact.isWaiting(), patience).toBe(true)
  await expect.poll(() => contact.isWaiting(), patience).toBe(false)
  expect(contact.leftMs(clock())).toBeGreaterThan(0)
  expect(await Promise.race([stopped, Promise.resolve('runs')])).toBe('runs')
})

it('contests that another has taken its place, and ends when it is shut out', async () => {
  const asked: string[] = []
  const { shutOut } = await begin((request, response) => {
    asked.push(request.url ?? '')
    const isContested = asked.includes('/agent/nodes/node-1/contest')
    const code = isContested ? 'unauthenticated' : 'node_replaced'
    response.writeHead(isContested ? 401 : 409).end(JSON.stringify({ code }))
  })
  await expect.poll(() => shutOut.length, patience).toBeGreaterThan(0)
  expect(asked.slice(0, 2)).toEqual([
    '/agent/nodes/node-1/heartbeat',
    '/agent/nodes/node-1/contest',
  ])
})

it('tells which volumes it offers by now, until the farm has heard it', async () => {
  const none: readonly OfferedVolume[] = []
  let offered = none
  const bodies: string[] = []
  await begin(
    async (request, response) => {
      const body = await text(request)
      bodies.push(body)
      // The first that tells of them is not heard.
      const isLost = bodies.filter((one) => one.includes('data')).length === 1 && body !== ''
      response.writeHead(isLost ? 503 : 200).end('{}')
    },
    () => offered,
  )
  await expect.poll(() => bodies.length, patience).toBeGreaterThan(1)
  expect(bodies.some((body) => body.includes('volumes'))).toBe(false)
  offered = [{ name: 'data', mode: 'ro', total_bytes: 2, free_bytes: 1 }]
  const told = () => bodies.filter((body) => body.includes('volumes'))
  await expect.poll(() => told().length, patience).toBe(2)
  await expect.poll(() => bodies.at(-1), patience).toBe('')
  expect(told().map((body) => JSON.parse(body) as unknown)).toEqual([
    { volumes: offered },
    { volumes: offered },
  ])
})

it('is not over while the farm may still take in what it has said', async () => {
  const answers: (() => void)[] = []
  const { beating, stop } = await begin(
    (_, response) => void answers.push(() => response.end('{}')),
  )
  await expect.poll(() => answers.length, patience).toBeGreaterThan(0)
  stop.abort()
  let isOver = false
  const over = beating.then(() => (isOver = true))
  await sleep(leaseMs / 16)
  expect(isOver).toBe(false)
  for (const answer of answers) answer()
  await over
})
