import { expect } from 'vitest'
import { until } from '../../../process/until.ts'
import { type BuildView, createClient } from '../../client.ts'
import { type Farm, startFarm } from '../../farm.ts'
import { findRunning } from '../../processes.ts'
import { type Elsewhere, type NodeElsewhere, placeNode } from './node-elsewhere.ts'
import { layWire, type Wire } from './wire.ts'
import { moveWorker, type WorkerApart } from './worker-apart.ts'

/** A farm with two nodes in networks of their own, and a third network without one. */
export interface Field extends AsyncDisposable, Elsewhere {
  readonly leaseMs: number
  readonly first: NodeElsewhere
  readonly second: NodeElsewhere
  readonly spare: Wire
  readonly worker: WorkerApart
  /** Begins builds on the first node, which the second may take over. @returns once their step runs. */
  readonly begin: (
    names: readonly string[],
    seconds: string,
    how?: Begin,
  ) => Promise<readonly Begun[]>
  readonly operate: (node: NodeElsewhere, what: 'drain' | 'resume') => Promise<void>
  readonly ended: (id: string) => Promise<BuildView>
  /** It has one digest, which is what its name leads to. */
  readonly expectOneDigest: (id: string, attempt: number) => Promise<void>
}

interface Begin {
  /** Before it sleeps. */
  readonly script?: string
  readonly after?: string
  /** The command that shows that it runs; its sleep when absent. */
  readonly waits?: string
  readonly project?: string
}

export interface Begun {
  readonly id: string
  readonly command: string
  /** The processes of its step. */
  readonly step: readonly string[]
}

/** @param leaseSeconds of a real farm 8; all the silences are told in parts of it. */
export async function layField(leaseSeconds: number): Promise<Field> {
  await using stack = new AsyncDisposableStack()
  const doorPort = 20_000 + Math.floor(Math.random() * 10_000)
  const wires = await Promise.all([layWire(), layWire(), layWire()])
  for (const wire of wires) stack.use(wire)
  const [one, other, spare] = wires
  const farm = stack.use(
    await startFarm({
      agent: false,
      environment: {
        KILN_NODES_LISTEN: `0.0.0.0:${doorPort}`,
        KILN_NODES_NAMES: wires.map((wire) => wire.farm).join(','),
        KILN_NODE_LEASE_SECONDS: String(leaseSeconds),
        KILN_NODE_SLOTS: '4',
      },
    }),
  )
  const elsewhere = { farm, doorPort }
  const first = stack.use(await placeNode(elsewhere, one, 'first'))
  const second = stack.use(await placeNode(elsewhere, other, 'second'))
  // By their clocks they live ten years apart from the farm.
  const starts = [first.start(decadeMs), second.start(-decadeMs)]
  const [worker] = await Promise.all([moveWorker(farm), ...starts])
  stack.use(worker)
  const owned = stack.move()
  return {
    ...elsewhere,
    leaseMs: leaseSeconds * 1000,
    first,
    second,
    spare,
    worker,
    ...dealingsWith(farm, first, second),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

export const decadeMs = 10 * 365 * 86_400_000

function dealingsWith(farm: Farm, first: NodeElsewhere, second: NodeElsewhere) {
  const client = createClient(farm.url)
  const operate: Field['operate'] = async (node, what) => {
    const headers = { 'content-type': 'application/json' }
    const request = { method: 'POST', headers, body: '{}' }
    const reply = await client.request(`/api/nodes/${(await node.view())?.id}/${what}`, request)
    expect(reply.status).toBe(200)
  }
  const begin: Field['begin'] = async (
    names,
    seconds,
    { script = '', after = '', waits, project } = {},
  ) => {
    await operate(second, 'drain')
    const begun = await Promise.all(
      names.map(async (name, index) => {
        // Equal ones would wait for one another.
        const step = `sleep ${seconds}${index}`
        const dockerfile = `FROM ${farm.baseImage}\nRUN ${script}${step}${after}\n`
        const id = await client.submit({ name, dockerfile, ...(project && { project }) })
        const running = async () => findRunning(waits ?? step)
        const isRunning = async () => (await running()).length > 0
        await expect.poll(isRunning, { timeout: 60_000, interval: 50 }).toBe(true)
        const build = await client.read(id)
        expect(build).toMatchObject({ attempt: 1, node_id: (await first.view())?.id })
        return { id, command: step, step: await running() }
      }),
    )
    await operate(second, 'resume')
    return begun
  }
  const ended: Field['ended'] = async (id) =>
    client.until(id, ({ status }) => status !== 'building', 240_000)
  const expectOneDigest: Field['expectOneDigest'] = async (id, attempt) => {
    const build = await ended(id)
    expect(build).toMatchObject({ status: 'succeeded', attempt })
    const { name } = build
    expect((await farm.manifest(name, 'latest')).digest).toBe(build.digest)
    const tags = await farm.tags(name)
    expect(tags.filter((tag) => !tag.startsWith('sha256-'))).toEqual(['latest', 'latest-v1'])
  }
  return { operate, begin, ended, expectOneDigest }
}

/** Whether none of these processes is there any more. */
export async function isGone({ command, step }: Begun): Promise<boolean> {
  const left = await findRunning(command)
  return step.every((pid) => !left.includes(pid))
}

/** Returns just after the farm has heard the node, so that what follows is as long as it is said to be. */
export async function afterBeat(node: NodeElsewhere): Promise<void> {
  const before = (await node.view())?.leased_until
  const next = async () => (await node.view())?.leased_until
  await expect.poll(next, { timeout: 10_000, interval: 20 }).not.toBe(before)
}

export async function isReady(node: NodeElsewhere): Promise<void> {
  await until(async () => (await node.view())?.status === 'ready', {
    what: node.name,
    limitMs: 60_000,
  })
}
