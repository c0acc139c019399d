import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, Connection, WorkflowNotFoundError } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import { type Logger, pino } from 'pino'
import { Registry } from 'prom-client'
import { type Placed, signals } from '#contract/workflow.ts'
import { createNewId, type NewId } from '#contract/id.ts'
import { type AttestationKind, attestationKinds } from '#contract/attestation.ts'
import type { PlacedAttempt } from '../records/attempts.ts'
import type { ClaimedImage } from '../records/image-facts.ts'
import { connect, type Pool } from '../records/connect.ts'
import { createWorkflows, type Workflows } from '../outbox/workflows.ts'
import { createNodeReader } from '../records/known-nodes.ts'
import { createListener, type Listener } from '../records/listen.ts'
import { analysisLimitMs } from './analysis/analyse-next.ts'
import {
  createFactsThreads,
  type FactsOutcome,
  readFactsApart,
} from './analysis/read-facts-apart.ts'
import type { WorkerConfig, WorkerSecrets } from './config.ts'
import type { GitSettings } from './git/find-commit.ts'
import { createHarbor, type Harbor } from '../harbor/harbor.ts'
import { createTraces, type Traces } from '../observation/traces.ts'
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts'
import type { PlacerDeps } from './placement/place-builds.ts'
import { createOwnRegistry, type OwnRegistry } from '../registry/registries.ts'
import { createScanner, type Scanner } from './scanning/scanner.ts'
import { readKeys, type SigningKeys } from './signing/read-keys.ts'

export interface WorkerDeps {
  readonly db: Pool
  readonly listener: Listener
  readonly nodes: PlacerDeps['nodes']
  readonly connection: NativeConnection
  readonly own: OwnRegistry
  readonly registryUrl: URL
  readonly harbor: Harbor
  readonly scanner: Scanner
  /** Absent when no key was given: the farm then signs nothing. */
  readonly signing: SigningKeys | undefined
  /** What is hung on every version. */
  readonly attestations: readonly AttestationKind[]
  readonly builderId: string
  readonly rebuilds: WorkerConfig['rebuilds']
  readonly newId: NewId
  readonly git: GitSettings
  readonly allowedHosts: readonly string[]
  readonly sleep: (ms: number) => Promise<void>
  readonly random: () => number
  readonly readFacts: (image: ClaimedImage, stop: AbortSignal) => Promise<FactsOutcome>
  readonly signalPlaced: PlacerDeps['signalPlaced']
  /** By the connection of the worker, so that what it starts comes to it at once. */
  readonly workflows: Workflows
  readonly metrics: WorkerMetrics
  readonly traces: Traces
  readonly log: Logger
}

const channels = [
  'kiln_bases',
  'kiln_outbox',
  'kiln_placement',
  'kiln_facts',
  'kiln_moves',
  'kiln_deletions',
] as const

/** Everything the worker owns. @throws when Temporal does not answer: whoever runs the worker starts it again. */
export async function createWorkerDeps(
  config: WorkerConfig,
  secrets: WorkerSecrets,
): Promise<WorkerDeps & AsyncDisposable> {
  const { address, namespace } = config.temporal
  const signing =
    secrets.signing && (await readKeys(secrets.signing.keys, secrets.signing.password))
  const connection = await NativeConnection.connect({ address, ...secrets.temporal })
  const signalling = Connection.lazy({ address, ...secrets.temporal })
  const { workflow } = new Client({ connection: signalling, namespace })
  const db = connect(secrets.databaseUrl)
  const traces = createTraces('worker', config.tracesUrl)
  const factsThreads = createFactsThreads()
  const log = pino({ name: 'worker', level: config.logLevel })
  const listener = createListener(secrets.databaseUrl, channels, (err) =>
    log.warn({ err }, 'no notifications of the database'),
  )
  return {
    db,
    listener,
    nodes: createNodeReader(),
    connection,
    ...createRegistryDeps(config.registry, secrets.registry),
    signing,
    attestations: signing === undefined ? [] : attestationKinds,
    builderId: config.builderId,
    rebuilds: config.rebuilds,
    newId: createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    git: config.git,
    allowedHosts: config.allowedHosts,
    sleep,
    random: Math.random,
    readFacts: async (image, stop) => {
      const { registry, registryAuthority: authority } = config
      const where = { url: registry.url.href, prefix: registry.prefix, authority }
      const request = { ...where, credential: secrets.registry, image, limitMs: analysisLimitMs }
      return readFactsApart(factsThreads, request, stop)
    },
    signalPlaced: async (placed) => signalPlaced(workflow, placed),
    workflows: createWorkflows(connection, namespace, true),
    metrics: createWorkerMetrics(new Registry()),
    traces,
    log,
    [Symbol.asyncDispose]: async () => {
      await factsThreads[Symbol.asyncDispose]()
      await listener[Symbol.asyncDispose]()
      await signalling.close()
      await connection.close()
      await db.destroy()
      await traces[Symbol.asyncDispose]()
    },
  }
}

/** A workflow that has ended needs no telling. */
async function signalPlaced(
  workflow: Client['workflow'],
  { buildId, attempt, nodeId }: PlacedAttempt,
): Promise<void> {
  try {
    const placed: Placed = { attempt, nodeId }
    await workflow.getHandle(buildId).signal(signals.placed, placed)
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
  }
}

/** What asks the farm's own registry, and what asks it as a Harbor: whether it is one is found out later. */
function createRegistryDeps(
  { url, prefix }: WorkerConfig['registry'],
  credential: WorkerSecrets['registry'],
): Pick<WorkerDeps, 'own' | 'registryUrl' | 'harbor' | 'scanner'> {
  const surroundings = { newRequestId: randomUUID, random: Math.random, now: Date.now }
  const harbor = createHarbor({ ...surroundings, url, credential })
  return {
    own: createOwnRegistry({ url, prefix }, credential),
    registryUrl: url,
    harbor,
    scanner: createScanner(harbor, prefix),
  }
}
