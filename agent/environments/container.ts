import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EnvironmentPlan } from '#contract/environment.ts'
import type { Say } from '../../process/say.ts'
import { joinableFolders, killCgroup } from '../daemon/cgroup.ts'
import { namespacePath } from '../network/namespace.ts'
import { closeNetwork, type NetworkSettings, openNetwork } from '../network/open-network.ts'
import { noEdits, readDeviceEdits } from './device-edits.ts'
import { NotStarted } from './explain.ts'
import { mountOverlay, unmountOverlay } from './overlay-mount.ts'
import { environmentCgroup, type EnvironmentPaths } from './environment-paths.ts'
import { resolveUser } from './resolve-user.ts'
import { type NodeVolumes, VolumeUnavailable } from '../volumes/node-volumes.ts'
import { requirePlainPlace } from '../volumes/require-plain-place.ts'
import { readExit, readRuncError, type Runc } from './runc.ts'
import { type MountedVolume, runtimeSpec } from './runtime-spec.ts'

export interface ContainerSettings {
  readonly scope: string
  readonly network: NetworkSettings
  readonly runc: Runc
  /** Where specifications of devices lie. */
  readonly cdiDirs: readonly string[]
  readonly volumes: Pick<NodeVolumes, 'open' | 'measure'>
  readonly say: Say
}

const startLimitMs = 60_000
const firstPauseMs = 40
const maxPauseMs = 500
const graceMs = 10_000

interface Starting {
  /** Folder with the files of the image. */
  readonly image: string
  /** From when on the container may live without this agent. */
  readonly beforeLaunch: () => Promise<void>
  readonly signal: AbortSignal
}

/** Makes the container of an environment and starts it. @throws NotStarted, UnknownUser, UnfitPlace, VolumeUnavailable */
export async function startContainer(
  settings: ContainerSettings,
  plan: EnvironmentPlan,
  paths: EnvironmentPaths,
  { image, signal, beforeLaunch }: Starting,
): Promise<void> {
  const { scope, runc, say } = settings
  const { environment_id: id } = plan
  await mountOverlay(image, paths)
  const user = await resolveUser(paths.root, plan.user)
  const volumes = await openVolumes(settings.volumes, plan, paths.root)
  const device = plan.gpu === null ? noEdits : await readDeviceEdits(settings.cdiDirs, plan.gpu)
  for (const folder of [paths.bundle, paths.system]) {
    await mkdir(folder, { recursive: true, mode: 0o755 })
  }
  const network = await openNetwork(
    settings.network,
    { scope, project: id, folder: paths.system },
    say,
  )
  const spec = runtimeSpec(plan, {
    root: paths.root,
    cgroup: environmentCgroup(scope, id),
    network: namespacePath(network.namespace),
    files: await writeSystemFiles(paths, network.resolvConf, id),
    volumes,
    user,
    device,
  })
  await writeFile(join(paths.bundle, 'config.json'), JSON.stringify(spec), { mode: 0o600 })
  signal.throwIfAborted()
  await rm(paths.exit, { force: true })
  await beforeLaunch()
  await runc.launch(id, paths)
  await untilStarted(settings, id, paths, signal)
}

/** Nothing runs in the environment, so that what is looked at here stays as it is. */
async function openVolumes(
  volumes: ContainerSettings['volumes'],
  { volumes: wanted, project_id: project }: EnvironmentPlan,
  root: string,
): Promise<readonly MountedVolume[]> {
  const mounted: MountedVolume[] = []
  for (const { volume: name, path, read_only: asked } of wanted) {
    await requirePlainPlace(root, path)
    const { folder, readOnly } = await volumes.open(name, project)
    if (readOnly && !asked)
      throw new VolumeUnavailable(`its node has the volume ${name} to read only`)
    mounted.push({ path, folder, readOnly: asked })
  }
  return mounted
}

async function writeSystemFiles(
  { system }: EnvironmentPaths,
  resolvConf: string,
  id: string,
): Promise<Readonly<Record<string, string>>> {
  const [hosts, hostname] = [join(system, 'hosts'), join(system, 'hostname')]
  const names = `127.0.0.1 localhost ${id}\n::1 localhost\n`
  await Promise.all([
    writeFile(hosts, names, { mode: 0o644 }),
    writeFile(hostname, `${id}\n`, { mode: 0o644 }),
  ])
  return { '/etc/resolv.conf': resolvConf, '/etc/hosts': hosts, '/etc/hostname': hostname }
}

/** Returns also when the program has ended already. */
async function untilStarted(
  { runc }: ContainerSettings,
  id: string,
  paths: EnvironmentPaths,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + startLimitMs
  for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, maxPauseMs)) {
    signal.throwIfAborted()
    const exit = await readExit(paths)
    if (exit !== undefined) {
      const problem = await readRuncError(paths)
      if (problem === undefined) return
      throw new NotStarted(problem)
    }
    if ((await runc.status(id)) === 'running') return
    if (performance.now() > deadline) throw new NotStarted('runc takes too long')
    await sleep(pause, undefined, { signal })
  }
}

/**
 * Ends a container and takes away what it has of the host. What it has written stays. Nothing happens where there is none.
 * @param stopSignal that its image wants to be told by; SIGTERM when empty.
 */
export async function removeContainer(
  { scope, runc, say }: ContainerSettings,
  id: string,
  paths: EnvironmentPaths,
  stopSignal: string,
): Promise<void> {
  if ((await runc.status(id)) === 'paused') await runc.resume(id)
  if ((await runc.status(id)) === 'running') {
    await runc.signal(id, stopSignal === '' ? 'SIGTERM' : stopSignal)
    await untilExit(paths, graceMs)
  }
  await runc.remove(id)
  const { left } = await killCgroup(environmentCgroup(scope, id))
  if (left.length > 0) say(`${id}: SIGKILL does not end ${left.length} processes`)
  await closeNetwork(scope, id)
  await unmountOverlay(paths)
}

async function untilExit(paths: EnvironmentPaths, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline && (await readExit(paths)) === undefined) await sleep(50)
}

/** Whether the kernel has killed something in the cgroup of an environment for want of memory. */
export async function ranOutOfMemory(scope: string, id: string): Promise<boolean> {
  const folders = await joinableFolders(environmentCgroup(scope, id))
  const texts = await Promise.all(
    folders.flatMap((folder) =>
      ['memory.oom_control', 'memory.events'].map(async (file) =>
        readFile(join(folder, file), 'utf8').catch(() => ''),
      ),
    ),
  )
  return texts.some((text) => /^oom_kill [1-9]/m.test(text))
}
