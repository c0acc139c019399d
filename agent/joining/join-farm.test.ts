import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createControlPlane } from '../control-plane.ts'
import { keepCredential } from '../loops/credential.ts'
import { openAuthority } from './authority.ts'
import { lifeOf, openCredential } from './credential.ts'
import { joinFarm, NotAdmitted } from './join-farm.ts'

const nodeId = `node-${'0'.repeat(26)}`
const hourMs = 3_600_000
/** A day that is long ago, as for a node whose clock is ten years ahead. */
const issued = { credential: 'kiln_node', expires_at: '2016-01-02T00:00:00.000Z', life_ms: hourMs }
let at = 0
const clock = () => at
const log = pino({ level: 'silent' })
const { signal } = new AbortController()

let stack: AsyncDisposableStack
let directory: string
let said: string[]
beforeEach(async () => {
  stack = new AsyncDisposableStack()
  directory = await mkdtemp(join(tmpdir(), 'kiln-joining-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  said = []
  at = 0
})
afterEach(async () => stack.disposeAsync())

const open = async () => openCredential(directory, clock, (line) => said.push(line))

/** An agent whose server gives these answers in turn, and then credentials. */
async function begin(...answers: readonly { status: number; code?: string }[]) {
  const rest = [...answers]
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const { status, code } = rest.shift() ?? { status: 201 }
    response.writeHead(status).end(JSON.stringify(status === 201 ? issued : { code }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  stack.defer(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const credential = await open()
  const url = new URL(`http://127.0.0.1:${port}`)
  const controlPlane = createControlPlane(url, () => credential.current())
  const authority = await openAuthority(directory, undefined)
  return { asked, deps: { controlPlane, credential, authority, log, clock, random: () => 0 } }
}

const joining = { nodeId, name: 'n', token: 'kiln_join', server: new URL('http://127.0.0.1') }

it.each([
  { status: 401, code: 'join_refused' },
  { status: 401, code: 'unauthenticated' },
  { status: 409, code: 'node_joined' },
  { status: 426, code: 'upgrade_required' },
])('gives up where the server lets it not in: %o', async (answer) => {
  const { asked, deps } = await begin(answer)
  await expect(joinFarm(deps, joining, signal)).rejects.toThrow(NotAdmitted)
  expect(asked).toEqual(['/agent/join'])
})

it('asks again where it was a proxy that refused', async () => {
  const { asked, deps } = await begin({ status: 404 }, { status: 401 })
  await joinFarm(deps, joining, signal)
  expect([asked.length, deps.credential.current()]).toEqual([3, issued.credential])
})

it('joins anew when what it kept is broken, and says so', async () => {
  await writeFile(join(directory, 'credential.json'), '{"credential":"kil')
  const { asked, deps } = await begin()
  expect([deps.credential.current(), said.length]).toEqual(['', 1])
  await joinFarm(deps, joining, signal)
  expect(asked).toEqual(['/agent/join'])
  expect((await open()).current()).toBe(issued.credential)
})

it('ends when its credential is taken no longer, and not when there is no answer', async () => {
  const { asked, deps } = await begin(
    { status: 201 },
    { status: 503, code: 'unavailable' },
    { status: 401, code: 'unauthenticated' },
  )
  await joinFarm(deps, joining, signal)
  const pauses: number[] = []
  const sleep = async (ms: number) => void pauses.push(ms)
  // Another agent has replaced it since, or an operator has shut the node out.
  at = 50 * 60_000
  const later = { ...deps, sleep }
  await expect(keepCredential(later, nodeId, signal)).rejects.toThrow('KILN_JOIN_TOKEN')
  expect([asked.length, pauses.length]).toEqual([3, 2])
})

it('replaces its credential when two thirds of what it holds have passed, whatever day its clock shows', async () => {
  const { asked, deps } = await begin()
  await joinFarm(deps, joining, signal)
  const stop = new AbortController()
  const replaced: number[] = []
  const sleep = async (ms: number) => {
    at += ms
    if (asked.length > replaced.length + 1) replaced.push(at)
    if (replaced.length === 2) stop.abort()
  }
  await keepCredential({ ...deps, sleep, random: () => 0.5 }, nodeId, stop.signal)
  const [first = 0, second = 0] = replaced
  // It looks every ten minutes.
  for (const held of [first, second - first]) {
    expect(held).toBeGreaterThan(hourMs / 2)
    expect(held).toBeLessThan(hourMs)
  }
})

it('goes by the day that it ends where the server does not say how long it holds', () => {
  const end = new Date(Date.now() + hourMs).toISOString()
  const { from, until } = lifeOf({ credential: '', expires_at: end }, 7)
  expect([from, Math.round(until / 10_000)]).toEqual([7, hourMs / 10_000])
})
