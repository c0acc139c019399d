import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { createNewId } from '#contract/id.ts'
import type { AgentConfig } from './config.ts'
import { createControlPlane, type ControlPlane } from './control-plane.ts'
import { type ContextCache, createContextCache } from './contexts/context-cache.ts'
import { createDaemonPool, type DaemonPool } from './daemon/daemon-pool.ts'
import { startProjectDaemon } from './daemon/project-daemon.ts'
import { openEnvironments } from './environments/open-environments.ts'
import type { Environments } from './environments/environments.ts'
import { createFactsReader, type FactsReader } from './facts/facts-reader.ts'
import { readCleanRoom } from './cuda/clean-room.ts'
import { readProbeTools } from './cuda/probe-tools.ts'
import { readCdiGpus } from './inventory/gpus/cdi-spec.ts'
import { offerGpus } from './inventory/gpus/offer-gpus.ts'
import type { NodeDisk } from './disk/node-disk.ts'
import { openDisk } from './disk/open-disk.ts'
import { keepGpus, type KeptGpus } from './inventory/gpus/keep-gpus.ts'
import { keepNotedFaults, readBootId } from './inventory/gpus/noted-faults.ts'
import { createGpuReader } from './inventory/gpus/read-gpus.ts'
import { readKernelLog } from './inventory/gpus/read-kernel-log.ts'
import type { Authority } from './joining/authority.ts'
import type { Credential } from './joining/credential.ts'
import { createTraces, type Traces } from '../observation/traces.ts'
import { createLostLines } from './logs/lost-lines.ts'
import { explain } from './stages/explain.ts'
import { createRegistryLogin } from './stages/registry-login.ts'
import { sourceRules } from './stages/source-rules.ts'
import { createRunning } from './stages/running.ts'
import type { BuildDeps } from './stages/build-image.ts'
import { createSavedImages, type SavedImages } from './saving/saved-images.ts'
import type { VerifyDeps } from './stages/verify-image.ts'
import { createNodeVolumes, type NodeVolumes } from './volumes/node-volumes.ts'

export interface AgentDeps extends VerifyDeps, BuildDeps {
  readonly daemons: DaemonPool
  readonly controlPlane: ControlPlane
  readonly credential: Credential
  readonly authority: Authority
  readonly contexts: ContextCache
  readonly facts: FactsReader
  readonly disk: NodeDisk
  readonly environments: Environments
  readonly savedImages: SavedImages
  readonly volumes: NodeVolumes
  readonly newId: ReturnType<typeof createNewId>
  readonly incarnation: string
  readonly gpus: KeptGpus
  readonly metrics: Registry
  readonly traces: Traces
  /** When the server last heard this node, in ms by a clock that is never set. */
  readonly heard: { at: number }
  readonly log: Logger
}

const now = () => new Date()
const newRef = () => `kiln-${randomUUID()}`

/** Everything the agent is made of. Nothing is connected yet. */
export function createAgentDeps(
  config: AgentConfig,
  { credential, authority }: Pick<AgentDeps, 'credential' | 'authority'>,
  log: Logger,
): AgentDeps {
  const say = (line: string) => log.info(line)
  const { gpus, directory } = config
  const offerRules = { hasProbe: gpus.probe !== undefined, simulation: gpus.simulation }
  const noted = keepNotedFaults(gpus.notedFile, readBootId)
  const readGpus = createGpuReader({
    ...gpus,
    readKernelLog: async () => readKernelLog(now()),
    readNoted: async () => noted.read(),
  })
  const contexts = createContextCache({ ...config.contexts, now, random: Math.random })
  const daemons = createDaemonPool({
    start: (project) => startProjectDaemon(config.daemons, project, say),
    idleMs: config.daemonIdleMs,
    max: config.daemonMax,
    say,
  })
  const { incarnation, controlPlane } = createContactWithFarm(config, { credential, authority })
  const opened = openWithDisk(config, { controlPlane, daemons, contexts, log, say })
  return {
    ...opened,
    savedImages: createSavedImages(join(directory, 'saving')),
    controlPlane,
    credential,
    authority,
    contexts,
    facts: createFactsReader(),
    running: createRunning(),
    lostLines: createLostLines(),
    explain,
    daemons,
    sourceRules: sourceRules(config.allowedSources),
    registryLogin: createRegistryLogin({ controlPlane, random: Math.random }),
    newRef,
    newNonce: randomUUID,
    newId: createNewId(Date.now, (bytes) => crypto.getRandomValues(bytes)),
    incarnation,
    gpus: keepGpus(async (how) => offerGpus(await readGpus(how), offerRules)),
    probeTools: async () => readProbeTools(gpus.probe),
    cleanRoom: async () => (gpus.probe === undefined ? undefined : readCleanRoom(gpus.probe)),
    noteFault: async (fault) => noted.note(fault),
    driverFiles: async () => (await readCdiGpus(gpus.host)).libcuda,
    simulation: gpus.simulation,
    gpuLocks: gpus.locks,
    leftovers: new Set(),
    ...createObserved(config),
    now,
    random: Math.random,
    log,
  }
}

interface OnDisk extends Pick<AgentDeps, 'controlPlane' | 'daemons' | 'contexts' | 'log'> {
  readonly say: (line: string) => void
}

/** Environments need room on the disk, and give some up for it. */
function openWithDisk(
  { directory, daemons: { network, runc, cdiDirs }, disk: settings, volumes: folders }: AgentConfig,
  { controlPlane, daemons, contexts, log, say }: OnDisk,
): Pick<AgentDeps, 'disk' | 'environments' | 'volumes'> {
  const volumes = createNodeVolumes(folders, say)
  const dropImages = async (bytes: number) => environments.dropImages(bytes)
  const disk = openDisk(settings, { daemons, contexts, dropImages, say })
  const environments = openEnvironments(
    { directory, network, runc, cdiDirs, volumes },
    { controlPlane, daemons, disk, newRef, random: Math.random, log, say },
  )
  return { disk, environments, volumes }
}

/** How this start of the agent asks the farm. */
function createContactWithFarm(
  { serverUrl }: AgentConfig,
  { credential, authority }: Pick<AgentDeps, 'credential' | 'authority'>,
) {
  const incarnation = randomUUID()
  const asking = { incarnation, authority: () => authority.current() }
  const controlPlane = createControlPlane(serverUrl, () => credential.current(), asking)
  return { incarnation, controlPlane }
}

/** By what the agent is seen at work. */
function createObserved({ tracesUrl }: AgentConfig) {
  const traces = createTraces('agent', tracesUrl)
  return {
    metrics: new Registry(),
    traces,
    traceparent: () => traces.traceparent(),
    heard: { at: Number.NEGATIVE_INFINITY },
  }
}
