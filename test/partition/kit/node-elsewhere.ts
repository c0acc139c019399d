import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sweepAgent } from '../../../agent/daemon/sweep.ts'
import { until } from '../../../process/until.ts'
import { createClient } from '../../client.ts'
import type { Farm } from '../../farm.ts'
import { makeJoinToken } from '../../node-credential.ts'
import { forwardTo, type Watch, watchPushes } from './forward.ts'
import type { Wire } from './wire.ts'

export interface NodeView {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly leased_until: string
  readonly drain: { readonly done: boolean } | null
  readonly shut_out: { readonly reason: string; readonly quarantined: boolean } | null
}

/** A real agent in a network of its own, which reaches the farm by TLS alone. */
export interface NodeElsewhere extends AsyncDisposable {
  readonly name: string
  readonly registryPort: number
  readonly directory: string
  readonly wire: Wire
  /** Starts its agent, whose clock may be off. @returns once it is ready. */
  start(clockOffMs?: number): Promise<void>
  /** The same, without waiting for it. */
  launch(): Promise<void>
  /** Calls back once when the registry has the manifest of an image of this node, which is not told that it has it. */
  afterPush(told: () => void): void
  signal(name: NodeJS.Signals): void
  /** With which code, or by which signal, its agent ended. */
  ended(): Promise<number | string>
  readonly view: () => Promise<NodeView | undefined>
  /** What its agent has written. */
  log(): Promise<string>
}

export interface Elsewhere {
  readonly farm: Farm
  /** Where the farm serves nodes. */
  readonly doorPort: number
}

/** What a node is by. */
const identity = ['node.json', 'credential.json', 'authority.pem']

const readyLimitMs = 90_000
const endLimitMs = 60_000

export async function placeNode(
  { farm, doorPort }: Elsewhere,
  wire: Wire,
  name: string,
  copyOf?: string,
): Promise<NodeElsewhere> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kiln-elsewhere-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  for (const file of copyOf === undefined ? [] : identity) {
    await cp(join(copyOf ?? '', file), join(directory, file))
  }
  let watch: (() => Watch) | undefined
  // A connection may be older than what is watched for.
  const pass = (): Watch => {
    let see: Watch | undefined
    return (bytes, towards) => (see ??= watch?.())?.(bytes, towards) ?? true
  }
  const registryPort = stack.use(await forwardRegistry(farm, wire, pass)).port
  const view = async () => findNode(farm.url, name)
  const isReady = async () => (await view())?.status === 'ready'
  const program = createProgram(wire.path, join(directory, 'agent.log'), {
    ...(await environmentOf(farm)),
    KILN_SERVER_URL: `https://${wire.farm}:${doorPort}`,
    KILN_AGENT_DIR: directory,
    KILN_NODE_NAME: name,
  })
  stack.defer(async () => {
    program.signal('SIGTERM')
    await program.ended().catch(() => program.signal('SIGKILL'))
    await sweepAgent(directory, () => undefined)
  })
  const owned = stack.move()
  return {
    name,
    registryPort,
    directory,
    wire,
    view,
    ended: program.ended,
    launch: async () => program.start(await makeJoinToken(farm), 0),
    afterPush: (told) => {
      watch = watchPushes(() => {
        watch = undefined
        told()
      })
    },
    start: async (clockOffMs = 0) => {
      program.start(await makeJoinToken(farm), clockOffMs)
      await until(isReady, { what: name, limitMs: readyLimitMs, everyMs: 100 })
    },
    signal: program.signal,
    log: program.log,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** The agent in a network, once it is started. */
function createProgram(network: string, logFile: string, environment: Record<string, string>) {
  let agent: ChildProcess | undefined
  return {
    start: (token: string, clockOffMs: number) => {
      const log = openSync(logFile, 'a')
      const program = [process.execPath, '--import', shiftClock, agentMain]
      agent = spawn('nsenter', [`--net=${network}`, ...program], {
        env: {
          ...environment,
          KILN_JOIN_TOKEN: token,
          KILN_TEST_CLOCK_OFF_MS: String(clockOffMs),
        },
        stdio: ['ignore', log, log],
        detached: true,
      })
    },
    ended: async () => {
      if (agent === undefined) return 0
      if (agent.exitCode === null && agent.signalCode === null) {
        await once(agent, 'exit', { signal: AbortSignal.timeout(endLimitMs) })
      }
      return agent.exitCode ?? agent.signalCode ?? 0
    },
    signal: (how: NodeJS.Signals) => void agent?.kill(how),
    log: async () => readFile(logFile, 'utf8'),
  }
}

const agentMain = join(import.meta.dirname, '../../../agent/main.ts')
const shiftClock = join(import.meta.dirname, 'shift-clock.ts')

/** What agents of this farm are told, but for what only its own machine has. */
async function environmentOf(farm: Farm): Promise<Record<string, string>> {
  const text = await readFile(`/proc/${farm.processes.server.pid ?? 0}/environ`, 'utf8')
  const all = [...text.matchAll(/([^=\0]+)=([^\0]*)/g)].map((pair) => pair.slice(1))
  const own =
    /^KILN_(DATABASE_URL|TEMPORAL_ADDRESS|GATEWAY_URL|SECRETS_KEY|METRICS_LISTEN|JOIN_TOKEN|CUDA_PROBE_BIN)$/
  return Object.fromEntries(all.filter(([name = '']) => !own.test(name))) as Record<string, string>
}

async function findNode(url: string, name: string): Promise<NodeView | undefined> {
  const reply = await createClient(url).request('/api/nodes')
  const { nodes } = (await reply.json()) as { nodes: NodeView[] }
  return nodes.find((node) => node.name === name)
}

/** The registry listens on loopback, so in the network of the node somebody does instead. */
async function forwardRegistry(farm: Farm, wire: Wire, watch: () => Watch) {
  const { port } = new URL(farm.registry.url)
  const here = forwardTo('127.0.0.1', Number(port), watch)
  await once(here.listen(0, wire.farm), 'listening')
  const at = (here.address() as AddressInfo).port
  const script = join(import.meta.dirname, 'forward.ts')
  const args = [`--net=${wire.path}`, process.execPath, script, port, wire.farm, String(at)]
  const there = spawn('nsenter', args, { stdio: 'inherit' })
  return {
    port: at,
    [Symbol.asyncDispose]: async () => {
      there.kill('SIGKILL')
      await new Promise((resolve) => here.close(resolve))
    },
  }
}
