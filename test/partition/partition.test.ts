import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../../process/until.ts'
import { createClient } from '../client.ts'
import { type Farm, startFarm } from '../farm.ts'
import { findRunning } from '../processes.ts'
import { type NodeElsewhere, placeNode } from './kit/node-elsewhere.ts'
import { layWire, type Wire } from './kit/wire.ts'

/** Of a real farm 8; all the silences here are told in parts of it. */
const leaseSeconds = process.env['KILN_REAL_LEASE'] === '1' ? 8 : 4
const leaseMs = leaseSeconds * 1000

const canRun = (() => {
  try {
    for (const tool of ['ip -V', 'nft --version', 'nsenter --version']) {
      execFileSync('sh', ['-c', tool], { stdio: 'ignore' })
    }
    return process.getuid?.() === 0
  } catch {
    return false
  }
})()
if (!canRun) {
  process.stderr.write(
    '\n  NOT RUN: partitions need root, ip, nft and nsenter (6 tests skipped)\n\n',
  )
}

describe.skipIf(!canRun)('two nodes in networks of their own', () => {
  let stack: AsyncDisposableStack
  let farm: Farm
  let wires: readonly [Wire, Wire]
  let first: NodeElsewhere
  let second: NodeElsewhere
  const doorPort = 20_000 + Math.floor(Math.random() * 10_000)
  const client = () => createClient(farm.url)

  beforeAll(async () => {
    stack = new AsyncDisposableStack()
    wires = [stack.use(await layWire()), stack.use(await layWire())]
    farm = stack.use(
      await startFarm({
        agent: false,
        environment: {
          KILN_NODES_LISTEN: `0.0.0.0:${doorPort}`,
          KILN_NODES_NAMES: wires.map((wire) => wire.farm).join(','),
          KILN_NODE_LEASE_SECONDS: String(leaseSeconds),
        },
      }),
    )
    first = stack.use(await placeNode({ farm, doorPort }, wires[0], 'first'))
    second = stack.use(await placeNode({ farm, doorPort }, wires[1], 'second'))
    await Promise.all([first.start(), second.start()])
  })
  afterEach(async () => {
    await first.wire.heal()
    await isReady(first)
  })
  afterAll(async () => stack.disposeAsync())

  async function operate(node: NodeElsewhere, what: 'drain' | 'resume'): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const id = (await node.view())?.id
    const request = { method: 'POST', headers, body: '{}' }
    const reply = await client().request(`/api/nodes/${id}/${what}`, request)
    expect(reply.status).toBe(200)
  }

  /** Begins a build on the first node, which the second may take over. @returns it, and the processes of its step. */
  async function begin(name: string, seconds: string, more = '') {
    await operate(second, 'drain')
    const dockerfile = `FROM ${farm.baseImage}\nRUN ${more}sleep ${seconds}\n`
    const id = await client().submit({ name, dockerfile })
    const running = async () => findRunning(`sleep ${seconds}`)
    const isRunning = async () => (await running()).length > 0
    await expect.poll(isRunning, { timeout: 60_000, interval: 50 }).toBe(true)
    const build = await client().read(id)
    expect(build).toMatchObject({ attempt: 1, node_id: (await first.view())?.id })
    await operate(second, 'resume')
    return { id, step: await running() }
  }

  const isGone = async (step: readonly string[], seconds: string) => {
    const left = await findRunning(`sleep ${seconds}`)
    return step.every((pid) => !left.includes(pid))
  }

  const ended = async (id: string) => client().until(id, ({ status }) => status !== 'building')

  /** It has one digest, which is what its name leads to. */
  async function expectOneDigest(id: string, attempt: number): Promise<void> {
    const build = await ended(id)
    expect(build).toMatchObject({ status: 'succeeded', attempt })
    const tagged = await farm.manifest(build.name, 'latest')
    expect(tagged.digest).toBe(build.digest)
    const tags = await farm.tags(build.name)
    expect(tags.filter((tag) => !tag.startsWith('sha256-'))).toEqual(['latest', 'latest-v1'])
  }

  /** Returns just after the farm has heard the node, so that what follows is as long as it is said to be. */
  async function afterBeat(node: NodeElsewhere): Promise<void> {
    const before = (await node.view())?.leased_until
    await expect
      .poll(async () => (await node.view())?.leased_until, { timeout: 10_000, interval: 20 })
      .not.toBe(before)
  }

  const isReady = async (node: NodeElsewhere) =>
    until(async () => (await node.view())?.status === 'ready', { what: node.name, limitMs: 30_000 })

  it('goes on through a silence of five eighths of the lease, without another attempt and with its whole log', async () => {
    const seconds = '3.01'
    const lines = `for i in $(seq 40); do echo line $i; sleep 0.1; done; `
    const { id } = await begin('short', seconds, lines)
    await afterBeat(first)
    await first.wire.cut('everything')
    await sleep((leaseMs * 5) / 8)
    await first.wire.heal()
    await expectOneDigest(id, 1)
    const log = await client().follow(id)
    const texts = log.map(({ line }) => line.text).filter((text) => /^line \d+$/.test(text))
    expect(texts).toEqual(Array.from({ length: 40 }, (_, index) => `line ${index + 1}`))
  })

  it('goes on elsewhere after a long silence, once the first node has stopped by itself, which then counts for nothing', async () => {
    const seconds = '4.02'
    const { id, step } = await begin('long', seconds)
    await first.wire.cut('everything')
    const moved = await client().until(id, ({ attempt }) => attempt === 2)
    expect(await isGone(step, seconds)).toBe(true)
    expect(moved).toMatchObject({
      node_id: (await second.view())?.id,
      attempts: [{ failure: { code: 'agent_lost' } }, {}],
    })
    expect(await first.log()).toContain('no answer of the farm: stages are stopped')
    await sleep(leaseMs * 2)
    await first.wire.heal()
    await isReady(first)
    await expectOneDigest(id, 2)
  })

  it('waits for a registry that only it cannot reach, and goes nowhere else', async () => {
    const { id } = await begin('no-registry', '1.04')
    await first.wire.cut('registry', first.registryPort)
    await client().until(id, ({ stage }) => stage === 'pushing')
    await sleep(leaseMs)
    expect(await client().read(id)).toMatchObject({ stage: 'pushing', attempt: 1 })
    await first.wire.heal()
    await expectOneDigest(id, 1)
  })

  it('cancels a build of a node that is out of reach, which has stopped it', async () => {
    const seconds = '60.05'
    const { id, step } = await begin('cancelled', seconds)
    await first.wire.cut('everything')
    await client().cancel(id)
    expect(await ended(id)).toMatchObject({ status: 'cancelled', attempt: 1, digest: null })
    await expect
      .poll(async () => isGone(step, seconds), { timeout: 30_000, interval: 50 })
      .toBe(true)
    await first.wire.heal()
    await isReady(first)
    expect(await client().read(id)).toMatchObject({ status: 'cancelled', digest: null })
  })

  it('hands its builds over when it is drained and told to stop', async () => {
    const { id } = await begin('stopped', '3.06')
    await operate(first, 'drain')
    first.signal('SIGTERM')
    expect(await first.ended()).toBe(0)
    await expectOneDigest(id, 2)
    const { attempts } = await client().read(id)
    expect(attempts[0]).toMatchObject({ failure: { code: 'agent_stopped' } })
    await first.start()
    await operate(first, 'resume')
  })

  it('loses its builds to the other node when its agent is killed, and nothing of them runs on', async () => {
    const seconds = '3.07'
    const { id, step } = await begin('killed', seconds)
    const killedAt = performance.now()
    first.signal('SIGKILL')
    await expect
      .poll(async () => isGone(step, seconds), { timeout: 5_000, interval: 20 })
      .toBe(true)
    await client().until(id, ({ attempt }) => attempt === 2)
    const tookMs = performance.now() - killedAt
    process.stdout.write(`requeued ${tookMs.toFixed(0)} ms after kill -9, lease ${leaseMs} ms\n`)
    await expectOneDigest(id, 2)
    await first.start()
  })
})
