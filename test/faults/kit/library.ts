import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApplicationFailure } from '@temporalio/common'
import { Registry } from 'prom-client'
import { pino } from 'pino'
import type { PublishRequest } from '#contract/activities.ts'
import type { AttemptRef } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import { createNewId } from '#contract/id.ts'
import { type Digest, parseLibraryName } from '#contract/image.ts'
import { nodeStages } from '#contract/stage.ts'
import { agentProtocol } from '#contract/wire/node.ts'
import { createNodeReader } from '../../../records/known-nodes.ts'
import { type AcceptAnswer, acceptBuild } from '../../../records/accept-build.ts'
import type { Pool } from '../../../records/connect.ts'
import { findImage } from '../../../records/images.ts'
import { requestMove } from '../../../records/moves.ts'
import { registerNode } from '../../../records/nodes.ts'
import { beginStage } from '../../../records/stages.ts'
import { createControlActivities } from '../../../worker/activities/index.ts'
import { createHarbor } from '../../../harbor/harbor.ts'
import { lookAtRegistry } from '../../../worker/inspection/look-at-registry.ts'
import { deleteNext } from '../../../worker/deletions/delete-next.ts'
import { moveNext } from '../../../worker/moves/move-next.ts'
import { createOwnRegistry } from '../../../registry/registries.ts'
import { createScanner } from '../../../worker/scanning/scanner.ts'
import { pushImage } from '../../harbor/push-image.ts'
import { harborProject, type ReadyHarbor } from './ready-harbor.ts'
import { createWorkerMetrics } from '../../../worker/metrics.ts'

const longLeaseMs = 24 * 60 * 60_000
/** Between two tries of an activity; that of the farm is longer. */
const againMs = 5
const patienceMs = 60_000

export type Library = Awaited<ReturnType<typeof openLibrary>>

/** A build that its node has pushed: what publishes it is ready. */
export interface Ready extends PublishRequest {
  readonly name: string
}

const metrics = createWorkerMetrics(new Registry())

const noGit = { git: { environment: {} }, allowedHosts: [] }

/**
 * The control plane's own code on a real Postgres and a Harbor, step by step in the hands of a test: the test is the
 * workflow and the node, everything between is what is shipped.
 *
 * @param url of the Harbor, or of what stands before it.
 */
export async function openLibrary(db: Pool, { harbor, robot }: ReadyHarbor, url: URL = harbor.url) {
  const registry = openRegistry(db, robot, url)
  const { own } = registry
  const log = pino({ level: 'silent' })
  const inbox = new Map<string, (attempt: number) => void>()
  const activities = createControlActivities({
    db,
    nodes: createNodeReader(),
    ...registry,
    log,
    ...noGit,
    sleep: async () => undefined,
    random: Math.random,
    metrics,
    signalPlaced: async ({ buildId, attempt }) => inbox.get(buildId)?.(attempt),
  })
  const pushOnce = async (name: string, ref: AttemptRef): Promise<Ready> => {
    const image = { text: `${ref.buildId} ${ref.attempt}` }
    const place = `${harborProject}/${split(name).repository}`
    const digest = await pushImage({ url: harbor.url, credential: robot }, place, image)
    return { ...ref, name, digest, verification: verified(digest) }
  }
  await joinNodes(db)
  const move = async () => moveNext({ db, own, log, random: Math.random })
  return {
    db,
    ...registry,
    activities,
    moveNext: move,
    deleteNext: async () => deleteNext({ db, own, log, random: Math.random }),
    accept: async (name: string) => accept(db, name),
    imageId: async (name: string) => (await findImage(db, split(name)))?.id,
    /** Places a new attempt of the build. @returns its number. */
    place: async (buildId: string, attempt = 0): Promise<number> => {
      const { promise, resolve } = Promise.withResolvers<number>()
      inbox.set(buildId, resolve)
      const placed = await again(async () => activities.seekNode({ buildId, attempt }))
      return placed?.attempt ?? promise
    },
    /** What a node does with an attempt up to the end of its push, with bytes of their own. */
    push: async (name: string, ref: AttemptRef): Promise<Ready> => {
      for (const stage of nodeStages) {
        if (!(await beginStage(db, { ...ref, stage }))) throw new Error(`no ${stage} any more`)
      }
      return again(async () => pushOnce(name, ref))
    },
    /** The push itself, whatever comes of it. */
    pushOnce,
    /** Until the scan has ended, or keeps the image back. */
    scan: async (made: Ready) => again(async () => activities.scanImage(made, made.digest)),
    publish: async (made: Ready) => again(async () => activities.publishImage(made)),
    tag: async ({ buildId, digest }: Ready) =>
      again(async () => activities.tagImage(buildId, digest)),
    finish: async (buildId: string, failure?: BuildFailure) =>
      activities.finishBuild({
        buildId,
        status: failure === undefined ? 'succeeded' : 'failed',
        ...(failure && { failure }),
      }),
    rollBack: async (imageId: number, version: number) =>
      requestMove(db, { imageId, version, actor: 'api', reason: 'a test' }),
    move: async (moveId: number) => readMove(db, moveId),
  }
}

function openRegistry(db: Pool, robot: ReadyHarbor['robot'], url: URL) {
  const own = createOwnRegistry({ url, prefix: harborProject }, robot)
  const surroundings = { newRequestId: randomUUID, random: Math.random, now: Date.now }
  const harbor = createHarbor({ ...surroundings, url, credential: robot })
  return {
    own,
    scanner: createScanner(harbor, harborProject),
    lookAtRegistry: async () => lookAtRegistry({ db, own, registryUrl: url, harbor }),
  }
}

const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))

export function split(name: string) {
  const parsed = parseLibraryName(name)
  if (parsed === undefined) throw new Error(`${name} is no name`)
  return parsed
}

async function accept(db: Pool, name: string) {
  const id = newId('build')
  const answer: AcceptAnswer = await acceptBuild(db, {
    id,
    projectId: 1,
    name,
    ...split(name),
    description: '',
    baseImage: null,
    // Each its own: equal ones would wait for one another.
    dockerfile: `FROM scratch\nLABEL of=${id}\n`,
    options: { no_cache: false, network: 'proxy', build_args: {}, labels: {} },
    secrets: [],
    context: null,
    sources: { named: {} },
    actor: 'api',
  })
  return { id, answer }
}

/** As Temporal does: what may be mended is tried again. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(againMs)) {
    try {
      return await work()
    } catch (error) {
      const isFinal = error instanceof ApplicationFailure && error.nonRetryable === true
      if (isFinal || Date.now() > deadline) throw error
    }
  }
}

function verified(digest: Digest): PublishRequest['verification'] {
  return { digest, verdict: 'not_gpu', evidence: 'measured', nonce: randomUUID(), durationMs: 1 }
}

async function joinNodes(db: Pool): Promise<void> {
  for (const name of ['node-1', 'node-2']) {
    const inventory = {
      host: { hostname: name, os: 'x', kernel: 'x', arch: 'x64' },
      cpu: { model: 'x', cores: 1 },
      memory_bytes: 1,
      disk: { total_bytes: 1, free_bytes: 1 },
      buildkit: { version: 'x', platforms: ['linux/amd64'], devices: [] },
      gpus: [],
    }
    const identity = { node_id: newId('node'), name, incarnation: randomUUID(), slots: 64 }
    await registerNode(db, { protocol: agentProtocol, ...identity, inventory }, longLeaseMs)
  }
}

async function readMove(db: Pool, id: number) {
  return db
    .selectFrom('moves')
    .select(['state', 'refusal', 'tagged'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
}
