import { randomUUID } from 'node:crypto'
import { Connection } from '@temporalio/client'
import { type Logger, pino } from 'pino'
import { Registry } from 'prom-client'
import { createNewId, type NewId } from '#contract/id.ts'
import type { ImageReference } from '#contract/image.ts'
import type { Mirrors } from '../packages/mirrors.ts'
import { createTraces, type Traces } from '../observation/traces.ts'
import { connect, type Pool } from '../records/connect.ts'
import { createFence, type Fence } from '../records/fence.ts'
import { createListener, type Listener } from '../records/listen.ts'
import { createLocate, createOwnRegistry, type Location } from '../registry/registries.ts'
import { type Authenticate, createAuthenticate } from './access/authenticate.ts'
import { createRates, type TakeTurn } from './access/rates.ts'
import type { ServerConfig, ServerSecrets } from './config.ts'
import { type ContextStore, createContextStore } from './contexts/store.ts'
import { type AttemptOwner, createAttemptOwner } from './joining/attempt-owner.ts'
import { createNodeAuth, type NodeAuth } from './joining/authenticate-node.ts'
import { createTellRefusal, type TellRefusal } from './joining/tell-refusal.ts'
import type { AheadMode } from '../records/images-ahead.ts'
import type { FarmLimits } from './limits.ts'
import { createLogStore, type LogStore } from './logs/store.ts'
import { createInFlight, type InFlight } from './middleware/in-flight.ts'
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts'
import {
  type DoorCertificate,
  givenCertificate,
  ownCertificate,
} from './node-door/door-certificate.ts'
import type { PushLimits } from './pushes/may-push.ts'
import { createRegistryAccess, type RegistryAccess } from './registry/registry-access.ts'
import { createFarmKeys, type FarmKeys } from './secrets/farm-keys.ts'
import { createKeyRing } from './secrets/key-ring.ts'
import { createVault, type Vault } from './secrets/vault.ts'
import { createSignIn, type SignIn } from './sign-in/sign-in.ts'
import { type AcceptInGroups, createAcceptInGroups } from './submit/accept-in-groups.ts'
import type { checkRecipe } from './submit/check-recipe.ts'
import { createKnownChecks } from './submit/known-checks.ts'
import { createKnownPlatforms, type KnownPlatforms } from './submit/known-platforms.ts'
import { createProjectNamed, type ProjectNamed } from './submit/known-projects.ts'
import type { PushTarget } from './views/build-plan.ts'
import { createPorts, type Ports } from './ports/ports.ts'
import { createTunnels, type Tunnels } from './tunnels/tunnels.ts'
import { createWorkflows, type Workflows } from '../outbox/workflows.ts'

export interface ServerDeps {
  readonly db: Pool
  /** What requests read by. */
  readonly fence: Fence
  readonly listener: Listener
  readonly workflows: Workflows
  readonly newId: NewId
  /** In ms since 1970, by a clock that may be set. */
  readonly now: () => number
  /** In ms since some time, by one that only goes on: for how long something has lasted, or is believed. */
  readonly clock: () => number
  /** From 0 to below 1. */
  readonly random: () => number
  readonly log: Logger
  readonly metrics: ServerMetrics
  readonly inFlight: InFlight
  readonly traces: Traces
  readonly push: PushTarget
  readonly registry: RegistryAccess
  /** Where the bytes of an image are read that a reference names. */
  readonly locate: (reference: ImageReference) => Location
  readonly limits: FarmLimits
  readonly checkRecipe: typeof checkRecipe
  readonly platforms: KnownPlatforms
  readonly projectNamed: ProjectNamed
  readonly acceptInGroups: AcceptInGroups
  readonly pushLimits: PushLimits
  readonly imagesAhead: { readonly mode: AheadMode; readonly nodes: number }
  readonly mirrors: Mirrors
  /** Nodes that only pretend may join, for benches and demos. */
  readonly allowSimulated: boolean
  /** Projects may publish images that no GPU and nothing else has verified. */
  readonly allowUnverified: boolean
  /** Absent when no key was given: the farm then keeps no secrets. */
  readonly vault: Vault | undefined
  readonly farmKeys: FarmKeys
  /** Where the console lies that has been built. */
  readonly consoleDir: string
  readonly contexts: ContextStore
  readonly contextIdleMs: number
  readonly allowedHosts: readonly string[]
  /** Where webhooks may lead although it is not public. */
  readonly webhookHosts: readonly string[]
  readonly logs: LogStore
  readonly logIdleMs: number
  /** Address of a build's page in the Temporal UI, with `{id}` for the build's id. */
  readonly temporalUi: string | undefined
  readonly tokens: {
    readonly agent: string | undefined
    readonly api: string | undefined
    /** What Harbor sends; absent when nobody listens to it. */
    readonly webhook: string | undefined
  }
  readonly nodeAuth: NodeAuth
  /** What the server shows to nodes elsewhere; absent where there are none. */
  readonly doorCertificate: DoorCertificate | undefined
  /** Silence after which a node counts as lost, in ms of server time. */
  readonly leaseMs: number
  readonly tunnels: Tunnels
  /** Absent where ports of environments have no addresses of their own. */
  readonly ports: Ports | undefined
  /** Of nodes. */
  readonly tellRefusal: TellRefusal
  /** Of callers of the API. */
  readonly tellUnseen: TellRefusal
  readonly authenticate: Authenticate
  readonly signIn: SignIn
  readonly takeTurn: TakeTurn
  readonly attemptOwner: AttemptOwner
}

/** What routes of the API have: the database they reach by the scope of the request alone. */
export type RouteDeps = Omit<ServerDeps, 'db' | 'fence'>

/** What the server and those who follow something hear of. */
const channels = [
  'kiln_build',
  'kiln_deletions',
  'kiln_environments',
  'kiln_moves',
  'kiln_placement',
  'kiln_steps',
  'kiln_webhooks',
] as const

const clock = () => performance.now()
const surroundings = { now: Date.now, clock, random: Math.random }

/** Everything the server owns. Temporal may be away at this point: the connection is made when it is used. */
export function createServerDeps(
  config: ServerConfig,
  secrets: ServerSecrets,
): ServerDeps & AsyncDisposable {
  const db = connect(secrets.databaseUrl)
  const fence = createFence(secrets.databaseUrl)
  const observed = createObserved(config)
  const log = pino({ name: 'server', level: config.logLevel })
  const listener = createListener(secrets.databaseUrl, channels, (err) =>
    log.warn({ err }, 'no notifications of the database'),
  )
  const newId = createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes))
  const logs = createLogStore(config.dataDir)
  const { address, namespace } = config.temporal
  const connection = Connection.lazy({ address, ...secrets.temporal })
  const keys = openKeys(db, config, secrets)
  const ui = config.temporalUiUrl?.replace(/\/+$/, '')
  return {
    db,
    fence,
    listener,
    workflows: createWorkflows(connection, namespace),
    newId,
    ...surroundings,
    log,
    ...observed,
    push: { ...config.registry, ...secrets.registry },
    registry: createRegistryAccess(config.registry.url, secrets.registryLogins, clock),
    locate: createLocate(createOwnRegistry(config.registry, secrets.registry)),
    limits: config.limits,
    ...createSubmitDeps(db),
    pushLimits: config.pushLimits,
    imagesAhead: config.imagesAhead,
    mirrors: config.mirrors,
    allowSimulated: config.allowSimulated,
    allowUnverified: config.allowUnverified,
    ...keys,
    consoleDir: config.consoleDir,
    contexts: createContextStore(config.dataDir, config.contextLimits, randomUUID),
    contextIdleMs: config.contextIdleMs,
    allowedHosts: config.allowedHosts,
    webhookHosts: config.webhookHosts,
    logs,
    logIdleMs: config.logIdleMs,
    temporalUi: ui === undefined ? undefined : `${ui}/namespaces/${namespace}/workflows/{id}`,
    tokens: { agent: secrets.agentToken, api: secrets.apiToken, webhook: secrets.webhook },
    ...createNodeDeps({ db, ...keys }, config, secrets),
    tunnels: createTunnels(),
    ...createCallerDeps({ db, log, newId }, config, secrets),
    [Symbol.asyncDispose]: async () => {
      await listener[Symbol.asyncDispose]()
      await connection.close()
      await logs[Symbol.asyncDispose]()
      await fence[Symbol.asyncDispose]()
      await db.destroy()
      await observed.traces[Symbol.asyncDispose]()
    },
  }
}

/** What submits share. */
function createSubmitDeps(db: Pool) {
  return {
    checkRecipe: createKnownChecks(),
    platforms: createKnownPlatforms(db, clock),
    projectNamed: createProjectNamed(db),
    acceptInGroups: createAcceptInGroups(db),
  }
}

/** What lies under the keys that the operator gives. */
function openKeys(db: Pool, { environmentsUrl }: ServerConfig, { secretsKeys }: ServerSecrets) {
  const ring = secretsKeys.length === 0 ? undefined : createKeyRing(secretsKeys)
  const farmKeys = createFarmKeys(db, ring)
  return {
    vault: ring && createVault(db, ring),
    farmKeys,
    ports: createPorts(farmKeys, environmentsUrl),
  }
}

/** By what the server is seen at work. */
function createObserved({ tracesUrl }: ServerConfig) {
  return {
    metrics: createServerMetrics(new Registry()),
    inFlight: createInFlight(),
    traces: createTraces('server', tracesUrl),
  }
}

/** By what nodes are let in, and held to be there. */
function createNodeDeps(
  { db, farmKeys }: Pick<ServerDeps, 'db' | 'farmKeys'>,
  config: ServerConfig,
  secrets: ServerSecrets,
) {
  return {
    nodeAuth: createNodeAuth(db, clock),
    doorCertificate: openDoorCertificate(farmKeys, config, secrets),
    leaseMs: config.leaseMs,
    tellRefusal: createTellRefusal(db, clock, 'agent.refused'),
    attemptOwner: createAttemptOwner(db),
  }
}

/** By what callers of the API are let in, and held back. */
function createCallerDeps(
  { db, log, newId }: Pick<ServerDeps, 'db' | 'log' | 'newId'>,
  { signIn, rates }: ServerConfig,
  { oidc }: ServerSecrets,
) {
  const authenticate = createAuthenticate(db, log)
  return {
    authenticate,
    signIn: createSignIn({ db, log, newId, authenticate, clientSecret: oidc }, signIn),
    takeTurn: createRates(rates, clock),
    tellUnseen: createTellRefusal(db, clock, 'access.refused'),
  }
}

function openDoorCertificate(
  farmKeys: FarmKeys,
  { nodes }: ServerConfig,
  { nodesCertificate: own }: ServerSecrets,
): DoorCertificate | undefined {
  if (nodes === undefined) return undefined
  return own === undefined
    ? ownCertificate(farmKeys, nodes.names, Date.now)
    : givenCertificate(own.given, own.authority)
}
