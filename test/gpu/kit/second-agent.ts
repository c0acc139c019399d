import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Daemon } from '../../../process/daemon.ts'
import { createClient } from '../../client.ts'
import { makeJoinToken } from '../../node-credential.ts'
import type { SimulatedNodeConfig } from './node-classes.ts'
import { createGpuAgent, type GpuAgent, type SimulatedFarm } from './simulated-farm.ts'

/** Adds a node of another class to a farm: a second agent on this machine, with a directory and GPUs of its own. */
export async function addGpuAgent(
  farm: SimulatedFarm,
  name: string,
  config: SimulatedNodeConfig,
  settings: Readonly<Record<string, string>> = {},
): Promise<GpuAgent & AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'kiln-agent-'))
  stack.defer(async () => rm(directory, { recursive: true, force: true }))
  const gpuAgent = await createGpuAgent(farm.tools, directory, config)
  const first = await readFile(`/proc/${farm.processes.agent?.pid ?? 0}/environ`, 'utf8')
  const inherited = [...first.matchAll(/([^=\0]+)=([^\0]*)/g)].map((pair) => pair.slice(1))
  const agent = await Daemon.start(
    {
      name,
      command: process.execPath,
      args: [join(import.meta.dirname, '../../../agent/main.ts')],
      environment: {
        ...Object.fromEntries(inherited),
        // The first has that port.
        KILN_METRICS_LISTEN: undefined,
        ...gpuAgent.environment,
        KILN_AGENT_DIR: directory,
        KILN_NODE_NAME: name,
        KILN_JOIN_TOKEN: await makeJoinToken(farm),
        ...settings,
      },
      logFile: join(directory, 'agent.log'),
      pidFile: join(directory, 'agent.pid.json'),
      stopping: { signal: 'SIGTERM', graceMs: 15_000 },
      isReady: async () => isReady(farm.url, name),
      readyLimitMs: 60_000,
    },
    (line) => process.stdout.write(`${line}\n`),
  )
  stack.use(agent)
  const owned = stack.move()
  return { ...gpuAgent, [Symbol.asyncDispose]: async () => owned.disposeAsync() }
}

async function isReady(url: string, wanted: string): Promise<boolean> {
  const reply = await createClient(url).request('/api/nodes')
  const { nodes } = (await reply.json()) as { nodes: { name: string; status: string }[] }
  return nodes.some(({ name, status }) => name === wanted && status === 'ready')
}
