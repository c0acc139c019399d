import { setTimeout as sleep } from 'node:timers/promises'
import { usualLeaseMs } from '#contract/node.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import { defaultProject } from '#contract/wire/project.ts'
import { rest } from '../process/rest.ts'
import { readDaemonInfo } from './buildkit/workers.ts'
import type { AgentConfig, AgentSecrets } from './config.ts'
import type { AgentDeps } from './deps.ts'
import { DaemonUnavailable } from './daemon/daemon-pool.ts'
import { UnsafeDaemon } from './daemon/security-floor.ts'
import { sweepAgent } from './daemon/sweep.ts'
import { createEnvironmentActivities } from './environments/activities.ts'
import { canRunEnvironments } from './environments/open-environments.ts'
import { readNodeId } from './identity.ts'
import { hasGit } from './inventory/has-git.ts'
import { readInventory } from './inventory/inventory.ts'
import { isRefusal, joinFarm, notAdmitted } from './joining/join-farm.ts'
import { keepCredential } from './loops/credential.ts'
import { type Contact, createContact } from './loops/contact.ts'
import { watchDisk } from './loops/disk.ts'
import { reconcileEnvironments } from './loops/environments.ts'
import { measureEnvironments, measureVolumes } from './loops/usage.ts'
import { fence } from './loops/fence.ts'
import { watchGpus } from './loops/gpus.ts'
import { beat, type BeatTerms } from './loops/heartbeat.ts'
import { watchVolumes } from './loops/volumes.ts'
import { work } from './loops/work.ts'
import { createObserveStep, observeActivities } from '../observation/interceptors.ts'
import { observe } from '../observation/observe.ts'
import { addNodeGauges, countVerdicts } from './metrics/agent-metrics.ts'
import { createNodeActivities } from './stages/index.ts'
import { openTunnel } from './tunnel/open-tunnel.ts'

const registerRetryMs = 1_000
const daemonLimitMs = 10_000

const clock = () => performance.now()

/**
 * The life of an agent: join, beat and work, leave. Beats go on until the work has ended, so the farm sees it end.
 * @throws NotAdmitted when the farm does not let this node in, or does no longer.
 */
export async function runAgent(
  deps: AgentDeps,
  config: AgentConfig & AgentSecrets,
  signal: AbortSignal,
): Promise<void> {
  const nodeId = await readNodeId(config.directory, deps.newId)
  const sweep = async () => sweepAgent(config.directory, (line) => deps.log.info(line))
  await sweep()
  await using stack = new AsyncDisposableStack()
  stack.defer(sweep)
  stack.use(deps.traces)
  stack.use(deps.contexts)
  stack.use(deps.facts)
  stack.use(deps.daemons)
  stack.use(deps.running)
  stack.use(deps.disk)
  stack.use(deps.environments)
  await deps.savedImages.clear()
  await deps.disk.look()
  await deps.disk.settle(signal)
  stack.use(await showNode(deps, config, signal))
  const joining = { nodeId, name: config.name, token: config.joinToken }
  await joinFarm(deps, { ...joining, server: config.serverUrl }, signal)
  const membership = await join(deps, config, nodeId, signal)
  deps.log.info({ nodeId, name: config.name }, 'joined')
  await deps.environments.adopt()
  if (!(await hasGit(config.daemons.environment))) {
    deps.log.warn('git is not installed: builds from git repositories fail on this node')
  }
  const working = new AbortController()
  const shutOut = new AbortController()
  const onShutOut = (error: unknown) => shutOut.abort(error)
  const looping = runLoops({ ...deps, onShutOut }, config, membership, working.signal)
  try {
    const { credential, incarnation, authority } = deps
    const gateway = {
      ...config.gateway,
      authority: config.gateway.authority ?? authority.current(),
    }
    const activities = {
      ...countVerdicts(deps.metrics, createNodeActivities(deps)),
      ...createEnvironmentActivities(deps.environments),
    }
    const interceptors = observeActivities(createObserveStep(deps.metrics, deps.traces))
    const ending = AbortSignal.any([signal, shutOut.signal])
    const how = { nodeId, credential, incarnation, activities, interceptors }
    await work({ ...config, gateway, ...how }, ending)
  } finally {
    working.abort()
    await looping
    const stopped = signal.aborted
    await deps.controlPlane
      .leave(nodeId, stopped)
      .catch((err: unknown) => deps.log.warn({ err }, 'leave'))
    if (shutOut.signal.aborted) {
      deps.log.error({ err: shutOut.signal.reason }, 'this node is shut out: it ends')
    }
  }
  shutOut.signal.throwIfAborted()
}

/** Shows how the node is. It is ready while the farm hears its heartbeats. */
async function showNode(
  { metrics, disk, contexts, daemons, heard, log }: AgentDeps,
  { metrics: listen, metricsToken: token, disk: { folder } }: AgentConfig & AgentSecrets,
  stopping: AbortSignal,
): Promise<AsyncDisposable> {
  addNodeGauges(metrics, {
    folder,
    diskLow: () => disk.low(),
    contextBytes: () => contexts.size(),
    daemons: () => daemons.running().length,
  })
  const server = {
    name: 'server',
    look: async () =>
      clock() - heard.at < usualLeaseMs ? undefined : 'it has not heard this node for a lease',
  }
  return observe({ listen, token, metrics, needs: [server], stopping, log })
}

interface Membership {
  readonly nodeId: string
  readonly contact: Contact
  readonly terms: BeatTerms
}

/** What an agent does beside its work, until the signal aborts. */
async function runLoops(
  deps: AgentDeps & { readonly onShutOut: (error: unknown) => void },
  config: AgentConfig,
  { nodeId, contact, terms }: Membership,
  signal: AbortSignal,
): Promise<void> {
  const register = async () => void (await registerOnce(deps, config, nodeId))
  const reportClean = async (uuid: string) => deps.controlPlane.reportClean(nodeId, uuid)
  const onHeard = () => void (deps.heard.at = clock())
  await Promise.all([
    beat({ ...deps, clock, contact, register, onHeard }, nodeId, terms, signal),
    fence({ ...deps, clock, contact }, terms.leaseMs, signal),
    watchGpus({ ...deps, register, reportClean }, config.gpus, signal),
    watchDisk(deps, signal),
    watchVolumes(deps, signal),
    serveEnvironments(deps, config, nodeId, signal),
    keepCredential({ ...deps, clock, sleep: rest }, nodeId, signal).catch(deps.onShutOut),
  ])
}

/** Keeps environments as the farm wants them, and within its reach, until the signal aborts. */
async function serveEnvironments(
  deps: AgentDeps,
  { directory, daemons, serverUrl }: AgentConfig,
  nodeId: string,
  signal: AbortSignal,
): Promise<void> {
  const tunnel = { directory, runc: daemons.runc }
  await Promise.all([
    reconcileEnvironments(deps, nodeId, signal),
    measureEnvironments(deps, signal),
    measureVolumes(deps, signal),
    openTunnel(tunnel, { ...deps, serverUrl }, nodeId, signal),
  ])
}

/**
 * Registers as soon as the server answers and a build daemon has been tried.
 * @throws UnsafeDaemon when that is too old, NotAdmitted when the farm has shut this node out since it joined.
 */
async function join(deps: AgentDeps, config: AgentConfig, nodeId: string, signal: AbortSignal) {
  for (;;) {
    const askedAt = clock()
    try {
      const { heartbeat_ms: everyMs, lease_ms: leaseMs } = await registerOnce(deps, config, nodeId)
      return { nodeId, contact: createContact(askedAt, leaseMs), terms: { everyMs, leaseMs } }
    } catch (err) {
      if (err instanceof DaemonUnavailable && err.cause instanceof UnsafeDaemon) throw err.cause
      if (isRefusal(err) && err.status === 401) throw notAdmitted(err)
      deps.log.warn({ err }, 'cannot join yet')
      if (err instanceof DaemonUnavailable) await deps.disk.repair(defaultProject)
      await sleep(registerRetryMs * (0.5 + deps.random()), undefined, { signal })
    }
  }
}

async function registerOnce(deps: AgentDeps, config: AgentConfig, nodeId: string) {
  const gpus = await deps.gpus.current()
  const canRun = await canRunEnvironments(config.directory)
  await deps.volumes.look()
  const inventory = await readInventory(config.directory, gpus, async () => {
    using daemon = await deps.daemons.use(defaultProject)
    const info = await readDaemonInfo(daemon.address, AbortSignal.timeout(daemonLimitMs))
    return { ...info, platforms: [...info.platforms], devices: [...info.devices] }
  })
  const registered = await deps.controlPlane.register({
    protocol: agentProtocol,
    node_id: nodeId,
    name: config.name,
    incarnation: deps.incarnation,
    slots: config.slots,
    inventory: {
      ...inventory,
      environments: canRun,
      saves: canRun,
      volumes: [...deps.volumes.offered()],
    },
  })
  for (const uuid of registered.leftover_gpus) deps.leftovers.add(uuid)
  return registered
}
