import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agentScope, type DaemonPaths, daemonPaths } from '../agent/daemon/daemon-paths.ts'
import type { RegistryAddress } from '../embedded/components/registry.ts'
import { ensureBaseImage } from '../embedded/base-image/base-image.ts'
import { readSettings } from '../embedded/config.ts'
import { startComponents } from '../embedded/farm.ts'
import { agentDir, type KilnProcesses, startProcesses } from '../embedded/processes.ts'
import type { State } from '../embedded/state.ts'
import { createReport } from '../embedded/report.ts'
import { migrateUp } from '../migrations/migrate.ts'
import { copyPreparedState } from './prepared-state.ts'
import { createRegistryReader, type RegistryReader } from './registry-reader.ts'

type ProcessName =
  | 'server'
  | 'worker'
  | 'agent'
  | 'temporal'
  | 'buildkitd'
  | 'registry'
  | 'postgres'

/** The real farm on this machine, on ports and in a directory of its own. */
export interface Farm extends AsyncDisposable, RegistryReader {
  readonly url: string
  readonly databaseUrl: string
  /** Where the farm keeps everything. */
  readonly stateDir: string
  readonly temporal: { readonly address: string; readonly namespace: string }
  /** Where nodes reach Temporal. */
  readonly gateway: string
  /** Where the processes show their metrics. */
  readonly metricsPorts: Readonly<Record<'server' | 'worker' | 'agent', number>>
  readonly registry: RegistryAddress
  readonly baseImage: string
  readonly agentDir: string
  /** Of the daemon that builds for the project `default`. It runs from the first build on until it is idle. */
  readonly buildkitAddress: string
  readonly processes: KilnProcesses
  /** Kills a process as a crash would. Whoever watches it starts it again. */
  kill(name: ProcessName): Promise<void>
  /** Asks a process to stop, as an operator would; it is started again as well. */
  stop(name: ProcessName): Promise<void>
}

export interface StartFarmOptions {
  readonly agent?: boolean
  /** Called before the agent starts. @returns what is added to the surroundings of Kiln's own processes. */
  readonly prepare?: (agentDir: string) => Promise<Readonly<Record<string, string>>>
  /** Added to the surroundings. */
  readonly environment?: Readonly<Record<string, string>>
}

export async function startFarm(options: StartFarmOptions = {}): Promise<Farm> {
  await using stack = new AsyncDisposableStack()
  const stateDir = await mkdtemp(join(tmpdir(), 'kiln-test-'))
  stack.defer(async () => rm(stateDir, { recursive: true, force: true }))
  const given = { ...testEnvironment(stateDir), ...options.environment }
  const prepared = await options.prepare?.(join(stateDir, 'agent'))
  const settings = readSettings({ ...given, ...prepared })
  await copyPreparedState(stateDir, settings)
  const report = createReport(process.stdout)
  const components = stack.use(await startComponents({ settings, report }))
  await migrateUp(components.databaseUrl)
  const { reference: baseImage } = await ensureBaseImage(
    components.registry,
    report,
    settings.environment,
  )
  const processes = stack.use(
    await startProcesses({ components, settings, report, agent: options.agent ?? true }),
  )
  const signal = async (name: ProcessName, kind: NodeJS.Signals) => {
    const file = await readFile(pidFile(components.state, name), 'utf8')
    process.kill((JSON.parse(file) as { pid: number }).pid, kind)
  }
  const owned = stack.move()
  return {
    url: processes.serverUrl,
    databaseUrl: components.databaseUrl,
    stateDir,
    temporal: components.temporal,
    gateway: `127.0.0.1:${components.gatewayPort}`,
    metricsPorts: components.metricsPorts,
    registry: components.registry,
    baseImage,
    agentDir: agentDir(components.state),
    buildkitAddress: `unix://${defaultDaemon(components.state).socket}`,
    processes,
    ...createRegistryReader(components.registry),
    kill: async (name) => signal(name, 'SIGKILL'),
    stop: async (name) => signal(name, 'SIGTERM'),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** The build daemon is the one of the project `default`. */
function pidFile(state: State, name: ProcessName): string {
  return name === 'buildkitd' ? defaultDaemon(state).pidFile : join(state.pids, `${name}.pid.json`)
}

function defaultDaemon(state: State): DaemonPaths {
  const directory = agentDir(state)
  return daemonPaths(join(directory, 'daemons'), agentScope(directory), 'default')
}

/** The surroundings without what points at somebody's own farm, with free ports and a state directory of its own. */
export function testEnvironment(stateDir: string): Record<string, string | undefined> {
  const ours = Object.keys(process.env).filter((name) => name.startsWith('KILN_'))
  const hidden = ours.filter((name) => name !== 'KILN_CACHE_DIR').map((name) => [name, undefined])
  const ports = ['SERVER', 'GATEWAY', 'TEMPORAL', 'TEMPORAL_UI', 'REGISTRY', 'POSTGRES']
  return {
    ...process.env,
    ...Object.fromEntries(hidden),
    ...Object.fromEntries(ports.map((name) => [`KILN_${name}_PORT`, '0'])),
    KILN_STATE_DIR: stateDir,
  }
}
