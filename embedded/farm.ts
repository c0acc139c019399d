import { dirname, join } from 'node:path'
import {
  allPortNames,
  binaryFinder,
  portFinder,
  type ComponentContext,
} from './components/context.ts'
import { startPostgres } from './components/postgres.ts'
import { startRegistry, type RegistryAddress } from './components/registry.ts'
import { startTemporalUi } from './components/temporal-ui.ts'
import { trustAuthority } from '../registry/trust-authority.ts'
import { startTemporal } from './components/temporal.ts'
import type { PortName, Settings } from './config.ts'
import type { ComponentName } from './pins.ts'
import { choosePorts } from './ports.ts'
import { preflight } from './preflight/preflight.ts'
import type { Report } from './report.ts'
import { locateAll, resolveAll } from './resolve/resolve.ts'
import { ensureNetworkTools } from './resolve/system-packages.ts'
import { openState, type State } from './state.ts'

export interface FarmOptions {
  readonly settings: Settings
  readonly report: Report
  readonly signal?: AbortSignal
}

/** Everything that the server, the worker and the agents stand on. Disposing stops it all. */
export interface Components extends AsyncDisposable {
  readonly state: State
  readonly serverPort: number
  readonly gatewayPort: number
  /** Where Kiln's own processes show their metrics. */
  readonly metricsPorts: Readonly<Record<'server' | 'worker' | 'agent', number>>
  readonly databaseUrl: string
  readonly temporal: { readonly address: string; readonly namespace: string }
  /** Absent when Temporal is given from outside and its pages are not. */
  readonly temporalUiUrl: string | undefined
  /** Programs that the agent starts build daemons from. */
  readonly builder: { readonly buildkitd: string; readonly runc: string; readonly cniDir: string }
  readonly registry: RegistryAddress
}

/** Finds or makes every component, starts those that are not given from outside, and waits until all answer. */
export async function startComponents({
  settings,
  report,
  signal,
}: FarmOptions): Promise<Components> {
  const stop = signal ?? new AbortController().signal
  trustAuthority(settings.external.registryAuthority)
  await using stack = new AsyncDisposableStack()
  const state = stack.use(await openState(settings.stateDir, report, stop))
  const plan = makePlan(settings)
  const located = await locateAll(plan.binaries, settings.resolve)
  const missing = plan.binaries.filter((name) => !located.has(name))
  await preflight({ settings, missing, ports: plan.ports })
  await ensureNetworkTools(settings.environment, report, stop)
  const resolved = await resolveAll(plan.binaries, located, settings.resolve, report, stop)
  const ports = await choosePorts(
    allPortNames,
    settings.ports,
    join(state.dir, 'ports.json'),
    stack,
  )
  // When one of the components that start side by side fails, the others need not go on.
  const failed = new AbortController()
  const context: ComponentContext = {
    settings,
    state,
    port: portFinder(ports),
    binary: binaryFinder(resolved),
    report,
    signal: AbortSignal.any([stop, failed.signal]),
  }
  const started = await Promise.allSettled([
    startStorage(context, stack).catch(abort(failed)),
    startOrchestration(context, stack).catch(abort(failed)),
  ])
  const [storage, orchestration] = started
  if (storage.status === 'rejected' || orchestration.status === 'rejected') {
    throw failed.signal.reason
  }
  const owned = stack.move()
  return {
    state,
    serverPort: context.port('server'),
    gatewayPort: context.port('gateway'),
    metricsPorts: {
      server: context.port('serverMetrics'),
      worker: context.port('workerMetrics'),
      agent: context.port('agentMetrics'),
    },
    ...storage.value,
    builder: {
      buildkitd: context.binary('buildkit', 'buildkitd'),
      runc: context.binary('runc', 'runc'),
      cniDir: dirname(context.binary('cni', 'bridge')),
    },
    ...orchestration.value,
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** Remembers the first failure: it is the one that is told. */
function abort(failed: AbortController) {
  return (error: unknown): never => {
    failed.abort(error)
    throw error
  }
}

/** What has to be found and which ports are used, given what is replaced by something that exists already. */
function makePlan({ external }: Settings): {
  readonly binaries: readonly ComponentName[]
  readonly ports: readonly PortName[]
} {
  const ownTemporal = external.temporalAddress === undefined
  const ownUi = ownTemporal && external.temporalUiUrl === undefined
  const ownRegistry = external.registry === undefined
  const ownPostgres = external.databaseUrl === undefined || ownTemporal
  return {
    binaries: [
      'buildkit',
      'runc',
      'cni',
      ...(ownRegistry ? (['registry'] as const) : []),
      ...(ownTemporal ? (['temporal'] as const) : []),
      ...(ownUi ? (['temporal-ui'] as const) : []),
    ],
    ports: [
      'server',
      'gateway',
      ...(ownRegistry ? (['registry'] as const) : []),
      ...(ownPostgres ? (['postgres'] as const) : []),
      ...(ownTemporal ? (['temporal'] as const) : []),
      ...(ownUi ? (['temporalUi'] as const) : []),
    ],
  }
}

async function startStorage(context: ComponentContext, stack: AsyncDisposableStack) {
  const { external } = context.settings
  const registry: RegistryAddress =
    external.registry === undefined
      ? stack.use(await startRegistry(context))
      : { ...external.registry, host: new URL(external.registry.url).host }
  return { registry }
}

async function startOrchestration(context: ComponentContext, stack: AsyncDisposableStack) {
  const { databaseUrl, temporalAddress, temporalNamespace, temporalUiUrl } =
    context.settings.external
  if (temporalAddress !== undefined) {
    return {
      databaseUrl: databaseUrl ?? stack.use(await startPostgres(context)).databaseUrl,
      temporal: { address: temporalAddress, namespace: temporalNamespace },
      temporalUiUrl,
    }
  }
  const postgres = stack.use(await startPostgres(context))
  const temporal = stack.use(await startTemporal(context, postgres.port))
  return {
    databaseUrl: databaseUrl ?? postgres.databaseUrl,
    temporal,
    temporalUiUrl: temporalUiUrl ?? stack.use(await startTemporalUi(context, temporal)).url,
  }
}
