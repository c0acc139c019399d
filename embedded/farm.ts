import { join } from 'node:path'
import { startBuildkitd } from './components/buildkitd.ts'
import { allPortNames, binaryFinder, portFinder, type ComponentContext } from './components/context.ts'
import { startPostgres } from './components/postgres.ts'
import { startRegistry, type RegistryAddress } from './components/registry.ts'
import { startTemporalUi } from './components/temporal-ui.ts'
import { startTemporal } from './components/temporal.ts'
import type { Settings } from './config.ts'
import { planComponents, type Plan } from './plan.ts'
import { choosePorts } from './ports.ts'
import { preflight } from './preflight/preflight.ts'
import type { Report } from './report.ts'
import { locateAll, resolveAll } from './resolve/resolve.ts'
import { openState, type State } from './state.ts'

export interface FarmOptions {
  readonly settings: Settings
  readonly report: Report
  readonly signal?: AbortSignal
}

interface Orchestration {
  readonly databaseUrl: string
  readonly temporal: { readonly address: string; readonly namespace: string }
  readonly temporalUiUrl: string
}

interface Building {
  readonly buildkit: { readonly address: string; readonly cdiDir: string | undefined }
  readonly registry: RegistryAddress
}

/** Everything that the server, the worker and the agents stand on. Disposing stops it all. */
export interface Components extends Orchestration, Building, AsyncDisposable {
  readonly state: State
  readonly serverPort: number
}

/** Finds or makes every component, starts those that are not given from outside, and waits until all answer. */
export async function startComponents({ settings, report, signal }: FarmOptions): Promise<Components> {
  const stop = signal ?? new AbortController().signal
  await using stack = new AsyncDisposableStack()
  const state = stack.use(await openState(settings.stateDir, report, stop))
  const plan = planComponents(settings)
  const located = await locateAll(plan.binaries, settings.resolve)
  const missing = plan.binaries.filter((name) => !located.has(name))
  await preflight({ settings, missing, ports: plan.ports })
  const resolved = await resolveAll(plan.binaries, located, settings.resolve, report, stop)
  const ports = await choosePorts(allPortNames, settings.ports, join(state.dir, 'ports.json'))
  const context = {
    settings,
    state,
    report,
    port: portFinder(ports),
    binary: binaryFinder(resolved),
  }
  const started = await startAll({ ...context, signal: stop }, plan, stack)
  const owned = stack.move()
  return {
    ...started,
    state,
    serverPort: context.port('server'),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Starts side by side what does not need each other; the first failure stops the waiting of all. */
async function startAll(
  context: ComponentContext,
  plan: Plan,
  stack: AsyncDisposableStack,
): Promise<Orchestration & Building> {
  const failed = new AbortController()
  const shared = { ...context, signal: AbortSignal.any([context.signal, failed.signal]) }
  const abortOthers = (error: unknown): never => {
    failed.abort(error)
    throw error
  }
  const orchestration = startOrchestration(shared, plan, stack).catch(abortOthers)
  const building = startBuilding(shared, plan, stack).catch(abortOthers)
  // Both must be over before the stack may be disposed, or a late start would be left running.
  await Promise.allSettled([orchestration, building])
  if (failed.signal.aborted) throw failed.signal.reason
  return { ...(await orchestration), ...(await building) }
}

async function startOrchestration(
  context: ComponentContext,
  { starts }: Plan,
  stack: AsyncDisposableStack,
): Promise<Orchestration> {
  const { external } = context.settings
  const postgres = starts.postgres ? stack.use(await startPostgres(context)) : undefined
  const temporal =
    starts.temporal && postgres !== undefined
      ? stack.use(await startTemporal(context, postgres.port))
      : { address: external.temporalAddress ?? '', namespace: external.temporalNamespace }
  const ui = starts.temporalUi ? stack.use(await startTemporalUi(context, temporal)) : undefined
  return {
    databaseUrl: external.databaseUrl ?? postgres?.databaseUrl ?? '',
    temporal: { address: temporal.address, namespace: temporal.namespace },
    temporalUiUrl: external.temporalUiUrl ?? ui?.url ?? '',
  }
}

async function startBuilding(
  context: ComponentContext,
  { starts }: Plan,
  stack: AsyncDisposableStack,
): Promise<Building> {
  const { external } = context.settings
  const registry = external.registry
    ? { ...external.registry, host: new URL(external.registry.url).host }
    : stack.use(await startRegistry(context))
  const buildkit = starts.buildkit
    ? stack.use(await startBuildkitd(context, registry))
    : { address: external.buildkitAddress ?? '', cdiDir: undefined }
  const { url, host, username, password } = registry
  return {
    buildkit: { address: buildkit.address, cdiDir: buildkit.cdiDir },
    registry: { url, host, username, password },
  }
}
