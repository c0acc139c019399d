import { access, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readDaemonInfo } from '../../agent/buildkit/workers.ts'
import { Daemon } from '../../process/daemon.ts'
import { canMountOverlay } from '../preflight/overlay.ts'
import { sweepBuildkit } from './buildkitd-sweep.ts'
import { buildkitConfig } from './buildkitd-config.ts'
import type { ComponentContext } from './context.ts'
import { daemonFiles } from './daemon-files.ts'
import type { RegistryAddress } from './registry.ts'

export interface Buildkitd extends AsyncDisposable {
  readonly address: string
  /** A CDI spec written here adds a device to the daemon. */
  readonly cdiDir: string
}

// Steps may print much: what is cut off is gone for good, and Kiln has its own limit on what it keeps.
const stepLogBytes = String(256 * 1024 * 1024)

/** Starts buildkitd with its own root, socket and cgroup. */
export async function startBuildkitd(
  context: ComponentContext,
  registry: RegistryAddress,
): Promise<Buildkitd> {
  const { state, settings, report, signal } = context
  const folder = join(state.dir, 'buildkit')
  const root = join(folder, 'root')
  const temporary = join(root, 'tmp')
  const cdiDir = join(folder, 'cdi')
  // A socket's path must stay below 108 bytes, however deep the state directory lies.
  const socket = join('/run', `kiln-${settings.farmId}`, 'buildkitd.sock')
  await mkdir(temporary, { recursive: true, mode: 0o700 })
  await mkdir(cdiDir, { recursive: true })
  await mkdir(dirname(socket), { recursive: true, mode: 0o700 })
  const snapshotter = (await canMountOverlay(root)) ? 'overlayfs' : 'native'
  if (snapshotter === 'native') {
    report.say(
      'buildkit: overlayfs cannot be mounted here, using full copies (snapshotter "native", slower)',
    )
  }
  const cgroup = `kiln-${settings.farmId}`
  const configFile = join(folder, 'buildkitd.toml')
  const cdiDirs = [cdiDir, ...(await existing(['/etc/cdi', '/var/run/cdi']))]
  const runc = context.binary('runc', 'runc')
  await writeFile(
    configFile,
    buildkitConfig({ root, socket, snapshotter, runc, cgroup, cdiDirs, registry }),
  )
  const address = `unix://${socket}`
  const daemon = await Daemon.start(
    {
      name: 'buildkitd',
      command: context.binary('buildkit', 'buildkitd'),
      args: ['--config', configFile],
      environment: {
        ...settings.environment,
        // Its mounts then all lie below its root, where the sweep finds them.
        TMPDIR: temporary,
        BUILDKIT_STEP_LOG_MAX_SIZE: stepLogBytes,
        BUILDKIT_STEP_LOG_MAX_SPEED: stepLogBytes,
      },
      ...daemonFiles(state, 'buildkitd'),
      stopping: { signal: 'SIGTERM', graceMs: 5000 },
      isReady: () => answers(address),
      readyLimitMs: 30_000,
      sweep: () => sweepBuildkit({ root, cgroup, report }),
    },
    report.say,
    signal,
  )
  return {
    address,
    cdiDir,
    [Symbol.asyncDispose]: async () => {
      await daemon[Symbol.asyncDispose]()
      await rm(dirname(socket), { recursive: true, force: true })
    },
  }
}

async function answers(address: string): Promise<boolean> {
  await readDaemonInfo(address, AbortSignal.timeout(2000))
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
