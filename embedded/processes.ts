import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { sweepAgent } from '../agent/daemon/sweep.ts'
import { sweepEnvironments } from '../agent/environments/sweep.ts'
import { buildOnce } from './build-once.ts'
import { workflowBundle, workflowsPart } from './built-parts.ts'
import { daemonFiles } from './components/daemon-files.ts'
import { prepareGpus } from './components/gpus.ts'
import type { Environment } from '../process/environment.ts'
import type { Settings } from './config.ts'
import type { Components } from './farm.ts'
import { Daemon } from '../process/daemon.ts'
import { nodeOptions } from './node-options.ts'
import { answers, hasReadyNode, makeJoinToken } from './own-server.ts'
import { Problem } from './problem.ts'
import type { Report } from './report.ts'
import type { State } from './state.ts'

export interface ProcessOptions {
  readonly components: Components
  readonly settings: Settings
  readonly report: Report
  /** Whether to run an agent on this machine. */
  readonly agent: boolean
  /** Whether a process starts anew when one of its sources changes. */
  readonly watch?: boolean
  readonly signal?: AbortSignal
}

/** Kiln's own processes. Disposing stops them: the agent first, so that it can still hand its work back. */
export interface KilnProcesses extends AsyncDisposable {
  readonly serverUrl: string
  readonly server: Daemon
  readonly worker: Daemon
  readonly agent: Daemon | undefined
}

/** Starts server, worker and agent on the components and waits until the server answers and the node is ready. */
export async function startProcesses(options: ProcessOptions): Promise<KilnProcesses> {
  const serverUrl = `http://127.0.0.1:${options.components.serverPort}`
  await using stack = new AsyncDisposableStack()
  const bundle = buildWorkflows(options)
  const probe = options.agent ? findProbe(options) : undefined
  // What is wrong with them is told where they are waited for.
  for (const part of [bundle, probe]) part?.catch(() => undefined)
  const start = async (
    name: 'server' | 'worker' | 'agent',
    isReady: () => Promise<boolean>,
    told: Partial<Told> = {},
  ) => stack.use(await startProcess(name, options, { serverUrl, ...told }, isReady))
  const server = await start('server', () => answers(`${serverUrl}/readyz`))
  const worker = await start('worker', async () => true, { bundle: await bundle })
  const { environment } = options.settings
  const { components, report } = options
  // They outlive an agent, and not the farm.
  if (options.agent) {
    stack.defer(async () => sweepEnvironments(agentDir(components.state), report.say))
  }
  const agent = options.agent
    ? await start('agent', () => hasReadyNode(serverUrl, environment), {
        probe: await probe,
        joinToken: await makeJoinToken(serverUrl, environment),
      })
    : undefined
  const owned = stack.move()
  return { serverUrl, server, worker, agent, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** A machine whose GPUs cannot be used builds all the same. */
async function findProbe({ components, settings, report, signal }: ProcessOptions) {
  const stop = signal ?? new AbortController().signal
  try {
    return await prepareGpus(agentDir(components.state), settings, report, stop)
  } catch (error) {
    if (stop.aborted || error instanceof Problem) throw error
    const why = error instanceof Error ? error.message : String(error)
    report.say(`nothing can be verified on the GPUs of this machine: ${why}`)
    return undefined
  }
}

/** @returns where they are: those that the operator has given, or else none where the sources are watched. */
async function buildWorkflows({ settings, report, signal, watch }: ProcessOptions) {
  const given = settings.environment['KILN_WORKFLOW_BUNDLE']
  if (given !== undefined || watch === true) return given
  await buildOnce(workflowsPart, settings, report, signal ?? new AbortController().signal)
  return join(settings.repository, workflowBundle)
}

interface Told {
  readonly serverUrl: string
  /** The CUDA probe, where it is wanted. */
  readonly probe?: string | undefined
  /** The workflows for the worker; without it they are bundled as it starts. */
  readonly bundle?: string | undefined
  /** What the agent joins with when it has not before. */
  readonly joinToken?: string
}

async function startProcess(
  name: 'server' | 'worker' | 'agent',
  { components, settings, report, watch, signal }: ProcessOptions,
  told: Told,
  isReady: () => Promise<boolean>,
): Promise<Daemon> {
  const { state } = components
  const node = nodeOptions(name, settings)
  await mkdir(agentDir(state), { recursive: true, mode: 0o700 })
  return Daemon.start(
    {
      name,
      command: process.execPath,
      args: [
        ...node.flags,
        ...(watch === true ? ['--watch', '--watch-preserve-output'] : []),
        join(settings.repository, name, 'main.ts'),
      ],
      cwd: settings.repository,
      environment: {
        ...settings.environment,
        ...node.environment,
        ...environmentOf(components, told),
        KILN_METRICS_LISTEN: `127.0.0.1:${components.metricsPorts[name]}`,
        ...storesOf(name, components),
        ...secretsKeyOf(name, settings, state),
        ...signingKeyOf(name, settings, state),
        ...registryLoginOf(name, components),
      },
      ...daemonFiles(state, name),
      stopping: { signal: 'SIGTERM', graceMs: 15_000 },
      isReady,
      readyLimitMs: 60_000,
      // An agent that was killed cannot stop its daemons, and the one that follows may never come.
      ...(name === 'agent' && { sweep: () => sweepAgent(agentDir(state), report.say) }),
    },
    report.say,
    signal,
  )
}

/** What the three processes are told by their environment; each reads its own part. */
function environmentOf(components: Components, told: Told): Environment {
  const { builder, registry, state, temporal } = components
  const { serverUrl, probe, bundle, joinToken } = told
  return {
    KILN_TEMPORAL_NAMESPACE: temporal.namespace,
    KILN_TEMPORAL_UI_URL: components.temporalUiUrl,
    KILN_REGISTRY_URL: registry.url,
    KILN_DATA_DIR: join(state.dir, 'server'),
    KILN_ADMIN_TOKEN_FILE: state.adminToken,
    KILN_SERVER_LISTEN: new URL(serverUrl).host,
    // Browsers take every name below `localhost` for this machine.
    KILN_ENVIRONMENTS_URL: `http://*.environments.localhost:${new URL(serverUrl).port}`,
    KILN_GATEWAY_LISTEN: `127.0.0.1:${components.gatewayPort}`,
    KILN_GATEWAY_URL: `http://127.0.0.1:${components.gatewayPort}`,
    KILN_SERVER_URL: serverUrl,
    KILN_JOIN_TOKEN: joinToken,
    KILN_AGENT_DIR: agentDir(state),
    KILN_NODE_NAME: hostname(),
    KILN_BUILDKITD_BIN: builder.buildkitd,
    KILN_RUNC_BIN: builder.runc,
    KILN_CNI_DIR: builder.cniDir,
    KILN_CUDA_PROBE_BIN: probe,
    KILN_WORKFLOW_BUNDLE: bundle,
  }
}

/** A node reaches neither the database nor Temporal but through the server. */
function storesOf(name: string, { databaseUrl, temporal }: Components): Environment {
  const isAgent = name === 'agent'
  return {
    KILN_DATABASE_URL: isAgent ? undefined : databaseUrl,
    KILN_TEMPORAL_ADDRESS: isAgent ? undefined : temporal.address,
    ...(isAgent && { KILN_TEMPORAL_API_KEY: undefined, KILN_TEMPORAL_API_KEY_FILE: undefined }),
  }
}

/** The key of the secrets store is the server's alone: the operator's, or else one that this farm keeps for itself. */
function secretsKeyOf(name: string, { environment }: Settings, state: State): Environment {
  if (name !== 'server') return { KILN_SECRETS_KEY: undefined, KILN_SECRETS_KEY_FILE: undefined }
  const given = environment['KILN_SECRETS_KEY'] ?? environment['KILN_SECRETS_KEY_FILE']
  return given === undefined ? { KILN_SECRETS_KEY: state.secrets.secretsKey } : {}
}

/** The key that signs images is the worker's alone. */
function signingKeyOf(name: string, { environment }: Settings, state: State): Environment {
  if (name !== 'worker') {
    return { KILN_SIGNING_KEY_FILE: undefined, KILN_SIGNING_KEY_PASSWORD: undefined }
  }
  return { KILN_SIGNING_KEY_FILE: environment['KILN_SIGNING_KEY_FILE'] ?? state.signingKey }
}

/** The agent asks the server for what it needs of the registry, and never has the password by itself. */
function registryLoginOf(name: string, { registry }: Components): Environment {
  const isAgent = name === 'agent'
  return {
    KILN_REGISTRY_USERNAME: isAgent ? undefined : registry.username,
    KILN_REGISTRY_PASSWORD: isAgent ? undefined : registry.password,
    ...(name !== 'server' && {
      KILN_REGISTRY_PUSH_USERNAME: undefined,
      KILN_REGISTRY_PUSH_PASSWORD: undefined,
      KILN_REGISTRY_PULL_USERNAME: undefined,
      KILN_REGISTRY_PULL_PASSWORD: undefined,
    }),
  }
}

/** Where the agent of this farm keeps its identity and its daemons. */
export function agentDir(state: State): string {
  return join(state.dir, 'agent')
}
