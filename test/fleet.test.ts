import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createNewId } from '#contract/id.ts'
import { readGpus } from '../fleet/hardware.ts'
import { runFleet } from '../fleet/fleet.ts'
import type { Task } from '../fleet/temporal/messages.ts'
import { createClient } from './client.ts'
import { type Farm, startFarm } from './farm.ts'

const nodes = 20
const doorPort = 20_000 + Math.floor(Math.random() * 10_000)

let farm: Farm
let joined = 0
/** The attempts that a node was given to build. */
const given: { readonly buildId: string; readonly attempt: number }[] = []
const stop = new AbortController()
let running: Promise<unknown>
beforeAll(async () => {
  farm = await startFarm({
    agent: false,
    environment: {
      KILN_ALLOW_SIMULATED_NODES: 'true',
      KILN_NODES_LISTEN: `127.0.0.1:${doorPort}`,
      KILN_NODES_NAMES: '127.0.0.1',
    },
  })
  const deps = {
    newId: createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    random: Math.random,
    log: pino({ level: 'warn' }),
    onJoined: () => void (joined += 1),
    onTask: (_: string, { activity, argument }: Task) => {
      if (activity === 'buildImage') given.push(argument as (typeof given)[number])
    },
  }
  const options = {
    nodes: nodes / 2,
    server: new URL(farm.url),
    gateway: farm.gateway,
    namespace: farm.temporal.namespace,
    slots: 1,
    buildMs: 300,
    gpus: readGpus('H100 x8'),
    operatorToken: undefined,
  }
  // Half of them in the clear, half by TLS, where nothing else is heard.
  const clear = { ...options, prefix: 'sim', door: undefined }
  const door = new URL(`https://127.0.0.1:${doorPort}`)
  const secure = { ...options, prefix: 'tls', door, gateway: '127.0.0.1:1' }
  running = Promise.all([clear, secure].map(async (how) => runFleet(deps, how, stop.signal)))
})
afterAll(async () => {
  stop.abort()
  await running
  await farm[Symbol.asyncDispose]()
})

interface ShownNode {
  readonly name: string
  readonly status: string
  readonly inventory: {
    readonly simulated?: boolean
    readonly gpus: readonly { readonly simulated?: boolean }[]
  }
}
const readNodes = async () => {
  const reply = await createClient(farm.url).request('/api/nodes')
  return ((await reply.json()) as { nodes: readonly ShownNode[] }).nodes
}

it('joins with a credential each, and is called simulated wherever it is shown', async () => {
  await expect.poll(() => joined, { timeout: 60_000 }).toBe(nodes)
  const shown = await readNodes()
  expect(shown).toHaveLength(nodes)
  const names = shown.map(({ name }) => name).toSorted()
  expect([names[0], names.at(-1)]).toEqual(['sim-01', 'tls-10'])
  for (const { status, inventory } of shown) {
    expect([status, inventory.simulated]).toEqual(['ready', true])
    expect(inventory.gpus.map(({ simulated }) => simulated)).toEqual(Array(8).fill(true))
  }
})

it('takes builds on many nodes at once, says that nothing is built, and publishes nothing', async () => {
  const client = createClient(farm.url)
  const names = Array.from({ length: nodes }, (_, index) => `simulated/${index}`)
  // Equal ones would wait for one another.
  const dockerfile = (name: string) => `FROM ${farm.baseImage}\nRUN true # ${name}\n`
  const ids = await Promise.all(
    names.map(async (name) => client.submit({ name, dockerfile: dockerfile(name) })),
  )
  const ends = await Promise.all(
    ids.map(async (id) => client.until(id, ({ status }) => status !== 'building')),
  )
  for (const { status, failure, digest } of ends) {
    expect([status, failure?.code, digest]).toEqual(['failed', 'node_simulated', null])
  }
  expect(new Set(ends.map(({ node_id: node }) => node)).size).toBeGreaterThan(nodes / 2)
  const texts = (await client.follow(ids[0] ?? '')).map(({ line }) => line.text)
  expect(texts).toContain('this node is simulated: it waits for 300 ms and builds nothing')
  expect(new Set(given.map(({ buildId }) => buildId))).toEqual(new Set(ids))
  // A node that this process has left unheard for a lease loses its attempt, which another node then takes up anew.
  const attempts = given.map(({ buildId, attempt }) => `${buildId} ${attempt}`)
  expect(attempts).toEqual([...new Set(attempts)])
  const known = ends.flatMap((build) => build.attempts.map(({ number }) => `${build.id} ${number}`))
  expect(known).toEqual(expect.arrayContaining(attempts))
  expect((await client.images()).filter(({ name }) => name.startsWith('simulated/'))).toEqual([])
})

it('leaves when it is told to, and is lost at once', async () => {
  stop.abort()
  await running
  const shown = await readNodes()
  expect(new Set(shown.map(({ status }) => status))).toEqual(new Set(['lost']))
})
