import { access, chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { streamBytes } from '#contract/log.ts'
import { Daemon, type DaemonSpec } from '../../process/daemon.ts'
import type { Environment } from '../../process/environment.ts'
import type { Say } from '../../process/say.ts'
import { until } from '../../process/until.ts'
import { createContextServer } from '../contexts/context-server.ts'
import { readDaemonInfo } from '../buildkit/workers.ts'
import { readFreeSpace } from '../disk/free-space.ts'
import { bytesOfShare, type Share } from '../disk/share.ts'
import { listenIn } from '../network/listen-in.ts'
import { namespacePath } from '../network/namespace.ts'
import { type DaemonNetwork, type NetworkSettings, openNetwork } from '../network/open-network.ts'
import { buildLimits, limitCgroup, readMachine, type StepLimitSettings } from './build-limits.ts'
import { usableFolders } from './cdi-files.ts'
import { joinableFolders } from './cgroup.ts'
import { cniConfig } from './cni-config.ts'
import { buildkitConfig, type CacheLimits } from './daemon-config.ts'
import { agentCgroup, type DaemonPaths, daemonPaths } from './daemon-paths.ts'
import type { PooledDaemon } from './daemon-pool.ts'
import { forgetHistory } from './forget-history.ts'
import { findLimitHit } from './limit-hits.ts'
import { launchCommand } from './launch.ts'
import { canMountOverlay } from './overlay.ts'
import { requireSafeVersion } from './security-floor.ts'
import { stepRunc } from './step-runc.ts'
import { sweepDaemon } from './sweep.ts'
import { yieldProcessor } from './yield-processor.ts'

/** What the daemons of a node have in common. */
export interface DaemonSettings {
  /** Each daemon has a folder of its own below it. */
  readonly folder: string
  readonly scope: string
  readonly buildkitd: string
  readonly runc: string
  /** Holds the CNI plugins `bridge`, `host-local` and `loopback`. */
  readonly cniDir: string
  readonly network: NetworkSettings
  /** Steps that a daemon runs at once. */
  readonly parallelism: number
  readonly limits: StepLimitSettings
  /** A CDI spec in one of these adds a device to every daemon. */
  readonly cdiDirs: readonly string[]
  /** The farm's registry, whose scheme says how it is spoken to. */
  readonly registry: URL | undefined
  /** File of a private authority that the daemon trusts for this registry alone. */
  readonly registryAuthority?: string | undefined
  readonly cache: Readonly<Record<keyof CacheLimits, Share>>
  /** All that a daemon sees of the agent's environment, which holds secrets of the farm. */
  readonly environment: Environment
}

/** Of the daemon's network, on a free port. */
const loopback = { host: '127.0.0.1', port: 0 }

const readyLimitMs = 30_000
const answerLimitMs = 2_000

/** Folders at fixed paths that daemons would share: state of runc and CNI, and the socket that steps get for traces. */
const ownFolders = ['/run/runc', '/var/lib/cni', '/run/buildkit']
/** Where a RUN reaches SSH is a socket in the temporary folder, whose path must stay below 108 bytes. */
const shortTemporary = '/run/buildkit/tmp'

/**
 * Starts a buildkitd that serves one project, with its own root, socket, cgroup, mounts and network.
 * @throws UnsafeDaemon when its version is too old; with the end of its log when it does not start.
 */
export async function startProjectDaemon(
  settings: DaemonSettings,
  project: string,
  say: Say,
): Promise<PooledDaemon> {
  const paths = daemonPaths(settings.folder, settings.scope, project)
  const address = `unix://${paths.socket}`
  await using stack = new AsyncDisposableStack()
  const { scope } = settings
  const network = stack.use(
    await openNetwork(settings.network, { scope, project, folder: paths.folder }, say),
  )
  const blobs = await writeFiles(settings, paths, network, say)
  const limits = buildLimits(await readMachine(), settings.limits)
  await yieldProcessor(agentCgroup(scope))
  await limitCgroup(agentCgroup(scope), limits.node, say)
  const spec = {
    ...(await specOf(settings, paths, network, say)),
    // The sweep takes the cgroup away each time.
    prepare: async () => limitCgroup(paths.stepsCgroup, limits.steps, say),
  }
  const started = await Promise.allSettled([network.relay(), Daemon.start(spec, say)])
  for (const result of started) if (result.status === 'fulfilled') stack.use(result.value)
  for (const result of started) if (result.status === 'rejected') throw result.reason
  const { version } = await readDaemonInfo(address, AbortSignal.timeout(readyLimitMs))
  requireSafeVersion(version)
  stack.use(forgetHistory(address))
  const contexts = stack.use(createContextServer(async () => listenIn(network.namespace, loopback)))
  const owned = stack.move()
  return {
    address,
    blobs,
    contexts,
    limits: {
      ...limits.steps,
      findHit: async (step) => findLimitHit(paths.limitHits, step),
    },
    ready: async () =>
      until(() => answers(paths), { what: 'buildkitd', limitMs: readyLimitMs, everyMs: 20 }),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

async function specOf(
  settings: DaemonSettings,
  paths: DaemonPaths,
  network: DaemonNetwork,
  say: Say,
): Promise<DaemonSpec> {
  return {
    name: paths.cgroup,
    ...launchCommand({
      cgroups: await joinableFolders(paths.ownCgroup),
      ownFolders,
      bound: [{ from: paths.temporary, at: shortTemporary }],
      ownFiles: { '/etc/resolv.conf': network.resolvConf },
      network: namespacePath(network.namespace),
      command: [settings.buildkitd, '--config', paths.config],
    }),
    environment: {
      ...settings.environment,
      TMPDIR: shortTemporary,
      // What the daemon cuts off is gone for good, so it has the limit of Kiln itself, and none on speed.
      BUILDKIT_STEP_LOG_MAX_SIZE: String(streamBytes),
      BUILDKIT_STEP_LOG_MAX_SPEED: '-1',
    },
    logFile: paths.logFile,
    pidFile: paths.pidFile,
    stopping: { signal: 'SIGTERM', graceMs: 5_000 },
    isReady: () => answers(paths),
    readyLimitMs,
    sweep: () => sweepDaemon(paths, say),
  }
}

/** @returns the folder in which the daemon will keep its blobs. */
async function writeFiles(
  settings: DaemonSettings,
  paths: DaemonPaths,
  network: DaemonNetwork,
  say: Say,
): Promise<string> {
  await mkdir(paths.temporary, { recursive: true, mode: 0o700 })
  await mkdir(dirname(paths.socket), { recursive: true, mode: 0o700 })
  const snapshotter = (await canMountOverlay(paths.root)) ? 'overlayfs' : 'native'
  if (snapshotter === 'native') {
    say('overlayfs cannot be mounted here, using full copies (snapshotter "native", slower)')
  }
  await rm(paths.limitHits, { recursive: true, force: true })
  await mkdir(paths.limitHits, { mode: 0o700 })
  const steps = await joinableFolders(paths.stepsCgroup)
  const runc = stepRunc({ runc: settings.runc, root: paths.root, steps, hits: paths.limitHits })
  await writeFile(paths.stepRunc, runc, { mode: 0o700 })
  const { registry, registryAuthority: authority, parallelism, cache } = settings
  const { totalBytes } = await readFreeSpace(paths.root)
  const config = buildkitConfig({
    ...paths,
    snapshotter,
    runc: paths.stepRunc,
    cdiDirs: await usableFolders(await existing(settings.cdiDirs), paths.cdi),
    cni: { config: paths.cniConfig, plugins: settings.cniDir },
    parallelism,
    registry,
    authority,
    cache: {
      reserved: bytesOfShare(cache.reserved, totalBytes),
      max: bytesOfShare(cache.max, totalBytes),
      minFree: bytesOfShare(cache.minFree, totalBytes),
    },
  })
  await writeFile(paths.config, config, { mode: 0o600 })
  await writeFile(paths.cniConfig, cniConfig(network.mtu))
  return join(paths.root, `runc-${snapshotter}`, 'content', 'blobs')
}

async function answers({ socket }: DaemonPaths): Promise<boolean> {
  await readDaemonInfo(`unix://${socket}`, AbortSignal.timeout(answerLimitMs))
  // The daemon itself opens it to its group as well.
  await chmod(socket, 0o600)
  return true
}

async function existing(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    folders.map((folder) =>
      access(folder).then(
        () => true,
        () => false,
      ),
    ),
  )
  return folders.filter((_, index) => found[index])
}
