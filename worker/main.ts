import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from '@temporalio/worker'
import { controlQueue } from '#contract/queues.ts'
import { placeEnvironment } from '../matrix/place-environment.ts'
import { placeEnvironments } from '../records/environment-placement.ts'
import { buildEnded } from '../records/notify.ts'
import { type Loop, repeatAll } from '../records/repeat.ts'
import { createLocate } from '../registry/registries.ts'
import { trustAuthority } from '../registry/trust-authority.ts'
import { createObserveStep, observeActivities } from '../observation/interceptors.ts'
import { observe } from '../observation/observe.ts'
import { timeRegistry } from '../observation/time-requests.ts'
import { relayOutbox } from '../outbox/relay.ts'
import { analyseNext } from './analysis/analyse-next.ts'
import { createControlActivities } from './activities/index.ts'
import { attestNext } from './attestations/attest-next.ts'
import { readConfig } from './config.ts'
import { createWorkerDeps } from './deps.ts'
import { deleteNext } from './deletions/delete-next.ts'
import { attachNext } from './evidence/attach-next.ts'
import { createBeginBuilds } from './begin-build.ts'
import { lookAtRegistry } from './inspection/look-at-registry.ts'
import { inspectNext } from './inspection/inspect-next.ts'
import { countEnds } from './metrics.ts'
import { traceEnds } from './trace-ends.ts'
import { needsOf } from './needs.ts'
import { moveNext } from './moves/move-next.ts'
import { placeBuilds } from './placement/place-builds.ts'
import { probeRegistry } from './pushes/probe-registry.ts'
import { rebuildNext } from './rebuilds/rebuild-next.ts'
import { announce } from './signing/announce.ts'
import { workflowSource } from './workflow-bundle.ts'

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const { config, secrets } = readConfig()
trustAuthority(config.registryAuthority)
await using deps = await createWorkerDeps(config, secrets)
await announce(deps.db, deps.signing)
const control = createControlActivities(deps)
const observeStep = createObserveStep(deps.metrics.registry, deps.traces)
const { beginBuild, beginAhead } = createBeginBuilds({
  first: control,
  observe: observeStep,
  clock: () => performance.now(),
  sleep: async (ms) => sleep(ms, undefined, { ref: false }),
})
const worker = await Worker.create({
  connection: deps.connection,
  namespace: config.temporal.namespace,
  taskQueue: controlQueue,
  activities: countEnds(traceEnds({ ...control, beginBuild }, deps.traces), deps.metrics),
  interceptors: observeActivities(observeStep),
  shutdownGraceTime: '5 seconds',
  // How long a workflow waits for the worker that has it in memory when that worker was killed.
  stickyQueueScheduleToStartTimeout: '3 seconds',
  ...workflowSource(config.workflowBundle),
})
await using stack = new AsyncDisposableStack()
stack.use(timeRegistry(deps.metrics.registry, config.registry.url))
const shown = await observe({
  listen: config.metrics,
  token: secrets.metricsToken,
  metrics: deps.metrics.registry,
  needs: needsOf(deps),
  stopping: stop.signal,
  log: deps.log,
})
stack.use(shown)
/** Between two looks at a registry that is away. */
const probes = { firstMs: 1_000, maxMs: 60_000 }
const locate = createLocate(deps.own)
const workflows: typeof deps.workflows = {
  ...deps.workflows,
  startBuild: async (input) => {
    const started = deps.workflows.startBuild(input)
    beginAhead(input.buildId, started)
    return started
  },
}
const loops: readonly Loop[] = [
  {
    name: 'outbox',
    channel: 'kiln_outbox',
    everyMs: 1_000,
    work: async () => relayOutbox({ ...deps, workflows }),
  },
  {
    name: 'placement',
    channel: 'kiln_placement',
    everyMs: 1_000,
    work: async () => placeBuilds(deps),
  },
  {
    name: 'placement of environments',
    channel: 'kiln_placement',
    deafTo: buildEnded,
    everyMs: 1_000,
    work: async () => (await placeEnvironments(deps.db, placeEnvironment), false),
  },
  {
    name: 'analysis',
    channel: 'kiln_facts',
    everyMs: 30_000,
    work: async () => analyseNext(deps, stop.signal),
  },
  {
    name: 'moves',
    channel: 'kiln_moves',
    everyMs: 1_000,
    work: async () => moveNext(deps),
  },
  {
    name: 'evidence',
    channel: 'kiln_facts',
    everyMs: 10_000,
    // One after the other: both write the list of what hangs on an image, where the registry keeps none, and would wait
    // for each other as other workers do.
    work: async () => (await attachNext(deps)) || (await attestNext(deps)),
  },
  {
    name: 'deletions',
    channel: 'kiln_deletions',
    everyMs: 1_000,
    work: async () => deleteNext(deps),
  },
  {
    name: 'look at the registry',
    everyMs: 60_000,
    work: async () => (await lookAtRegistry(deps), false),
  },
  {
    name: 'rebuilds',
    channel: 'kiln_bases',
    everyMs: 10_000,
    work: async () => rebuildNext({ ...deps, ...deps.rebuilds, locate }),
  },
  {
    name: 'probe of the registry',
    everyMs: 1_000,
    work: async () => (await probeRegistry({ ...deps, probes }), false),
  },
  {
    name: 'inspection',
    channel: 'kiln_facts',
    everyMs: 10_000,
    work: async () => inspectNext(deps),
  },
]
await worker.runUntil(repeatAll(loops, { ...deps, signal: stop.signal }))
