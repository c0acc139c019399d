import { Worker } from '@temporalio/worker'
import { controlQueue } from '#contract/queues.ts'
import { repeat } from '../records/repeat.ts'
import { analyseNext } from './analysis/analyse-next.ts'
import { createControlActivities } from './activities/index.ts'
import { readConfig } from './config.ts'
import { createWorkerDeps } from './deps.ts'
import { attachNext } from './evidence/attach-next.ts'
import { moveNext } from './moves/move-next.ts'
import { placeBuilds } from './placement/place-builds.ts'
import { workflowSource } from './workflow-bundle.ts'

const placementMs = 1_000
const analysisMs = 30_000
const attachMs = 10_000
const moveMs = 1_000

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const { config, secrets } = readConfig()
await using deps = await createWorkerDeps(config, secrets)
const worker = await Worker.create({
  connection: deps.connection,
  namespace: config.temporal.namespace,
  taskQueue: controlQueue,
  activities: createControlActivities(deps),
  shutdownGraceTime: '5 seconds',
  // How long a workflow waits for the worker that has it in memory when that worker was killed.
  stickyQueueScheduleToStartTimeout: '3 seconds',
  ...workflowSource(config.workflowBundle),
})
const placing = repeat({
  listener: deps.listener,
  channel: 'kiln_placement',
  everyMs: placementMs,
  signal: stop.signal,
  work: async () => (await placeBuilds(deps), false),
  onError: (err) => deps.log.error({ err }, 'placement'),
})
const analysing = repeat({
  listener: deps.listener,
  channel: 'kiln_facts',
  everyMs: analysisMs,
  signal: stop.signal,
  work: async () => analyseNext(deps, stop.signal),
  onError: (err) => deps.log.error({ err }, 'analysis'),
})
const moving = repeat({
  listener: deps.listener,
  channel: 'kiln_moves',
  everyMs: moveMs,
  signal: stop.signal,
  work: async () => moveNext({ ...deps, random: Math.random }),
  onError: (err) => deps.log.error({ err }, 'moves'),
})
const attaching = repeat({
  listener: deps.listener,
  channel: 'kiln_facts',
  everyMs: attachMs,
  signal: stop.signal,
  work: async () => attachNext({ ...deps, random: Math.random }),
  onError: (err) => deps.log.error({ err }, 'evidence'),
})
await worker.runUntil(Promise.all([placing, analysing, moving, attaching]))
