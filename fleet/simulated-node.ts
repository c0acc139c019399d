import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { NewId } from '#contract/id.ts'
import { nodeQueue } from '#contract/queues.ts'
import type { IssuedCredential } from '#contract/wire/join.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import { createControlPlane, identityOf } from '../agent/control-plane.ts'
import type { Authority } from '../agent/joining/authority.ts'
import { type Credential, lifeOf } from '../agent/joining/credential.ts'
import { joinFarm } from '../agent/joining/join-farm.ts'
import { createContact } from '../agent/loops/contact.ts'
import { keepCredential } from '../agent/loops/credential.ts'
import { beat } from '../agent/loops/heartbeat.ts'
import { type AnswerDeps, answerTask } from './answer-task.ts'
import { declareInventory, type DeclaredGpus } from './hardware.ts'
import { type GatewayClient, openGatewayClient } from './temporal/gateway-client.ts'
import type { Task } from './temporal/messages.ts'

export interface SimulatedNodeOptions {
  readonly name: string
  /** Where it is heard: in the clear by a server that is its own, or at the door that nodes elsewhere come to, by TLS. */
  readonly server: URL
  /** `host:port`, in the clear; that of a door is the door itself. */
  readonly gateway: string
  readonly namespace: string
  readonly slots: number
  readonly gpus: DeclaredGpus | undefined
  /** What a build takes, in ms. */
  readonly buildMs: number
  /** Lets this node in. */
  readonly token: string
}

export interface SimulatedNodeDeps {
  readonly newId: NewId
  readonly random: () => number
  readonly log: Logger
  /** Told of each stage that the node has been given. */
  readonly onTask: (nodeId: string, task: Task) => void
  readonly onJoined: (nodeId: string) => void
  readonly authority: Authority
}

const retryMs = 1_000
const never = new AbortController().signal
const disk = { low: () => undefined, unchanged: () => never }
const nothing: readonly never[] = []
const volumes = { offered: () => nothing }
const clock = () => performance.now()

/** The life of one node until the signal aborts: it joins, beats, asks for work and leaves, as an agent does. */
export async function runSimulatedNode(
  { newId, random, log, onTask, onJoined, authority }: SimulatedNodeDeps,
  options: SimulatedNodeOptions,
  signal: AbortSignal,
): Promise<void> {
  const { name, server, token, slots, gpus } = options
  const isSecure = server.protocol === 'https:'
  const nodeId = newId('node')
  const credential = createCredential()
  const incarnation = randomUUID()
  const controlPlane = createControlPlane(server, () => credential.current(), {
    incarnation,
    authority: () => authority.current(),
  })
  const common = { controlPlane, credential, log, random }
  // In the clear it speaks with servers that are its own, whatever else they have.
  const pin: Authority['pin'] = async (...by) => (isSecure ? authority.pin(...by) : undefined)
  await joinFarm({ ...common, authority: { pin } }, { nodeId, name, token, server }, signal)
  const register = async () => {
    const inventory = declareInventory(name, gpus)
    const node = { protocol: agentProtocol, node_id: nodeId, name, incarnation, slots, inventory }
    return controlPlane.register(node)
  }
  const contact = createContact(clock(), Infinity)
  const { heartbeat_ms: everyMs, lease_ms: leaseMs } = await register()
  onJoined(nodeId)
  const address = isSecure
    ? `tls://${server.hostname}:${server.port || 443}`
    : `tcp://${options.gateway}`
  const reached = { address, authority: authority.current() }
  using gateway = openGatewayClient(reached, () => identityOf(credential.current(), incarnation))
  const shutOut = new AbortController()
  const ending = AbortSignal.any([signal, shutOut.signal])
  const beatDeps = {
    ...common,
    contact,
    clock,
    disk,
    volumes,
    register: async () => void (await register()),
    onShutOut: () => shutOut.abort(),
  }
  const { namespace, buildMs } = options
  const answer = { controlPlane, gateway, namespace, nodeId, buildMs, now: Date.now }
  try {
    await Promise.all([
      beat(beatDeps, nodeId, { everyMs, leaseMs }, ending),
      keepCredential({ ...common, clock, sleep: pause }, nodeId, ending),
      work({ ...answer, gateway, random, log, onTask: (task) => onTask(nodeId, task) }, ending),
    ])
  } finally {
    await controlPlane.leave(nodeId, signal.aborted).catch(() => undefined)
  }
}

interface WorkDeps extends AnswerDeps, Pick<SimulatedNodeDeps, 'random' | 'log'> {
  readonly gateway: GatewayClient
}

/** Asks for one task after the other, and answers each while it asks for the next. */
async function work(deps: WorkDeps, signal: AbortSignal): Promise<void> {
  const { gateway, namespace, nodeId, random, log } = deps
  const request = { namespace, queue: nodeQueue(nodeId), identity: nodeId }
  while (!signal.aborted) {
    try {
      const task = await gateway.poll(request, signal)
      if (task === undefined) continue
      answerTask(deps, task, signal).catch((err: unknown) => {
        if (!signal.aborted) log.warn({ err, nodeId }, 'task')
      })
    } catch (err) {
      if (signal.aborted) return
      log.debug({ err, nodeId }, 'poll')
      await pause(retryMs * (0.5 + random()), signal)
    }
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

/** Held in memory: a simulated node that ends is not the same when it comes back. */
function createCredential(): Credential {
  let held: IssuedCredential | undefined
  let from = 0
  return {
    current: () => held?.credential ?? '',
    life: () => held && lifeOf(held, from),
    keep: async (issued) => {
      held = issued
      from = clock()
    },
    onChange: () => ({ [Symbol.dispose]: () => undefined }),
  }
}
