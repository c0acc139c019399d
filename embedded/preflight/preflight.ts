import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { portVariables, type PortName, type Settings } from '../config.ts'
import { readMounts } from '../../process/mounts.ts'
import { pins, type ComponentName } from '../pins.ts'
import { isPortFree } from '../port-claims.ts'
import { findPortHolder } from '../ports.ts'
import { Problem } from '../problem.ts'
import { findRelease } from '../resolve/release.ts'
import {
  canInstallPackages,
  hasCTools,
  missingNetworkPackages,
} from '../resolve/system-packages.ts'
import { findGo, goProxies } from '../resolve/toolchain.ts'

export interface PreflightInput {
  readonly settings: Settings
  /** Components that have to be fetched or built. */
  readonly missing: readonly ComponentName[]
  /** Ports of the components that will be started here. */
  readonly ports: readonly PortName[]
}

const gib = 1024 ** 3
const buildSpace = 8 * gib
const stateSpace = 2 * gib

/** Looks at everything that must be right before anything is started. @throws Problem with all that is wrong. */
export async function preflight(input: PreflightInput): Promise<void> {
  const problems = await Promise.all([
    checkHost(),
    checkPorts(input),
    checkDisk(input),
    checkBuildTools(input),
    checkNetwork(input),
    checkNetworkTools(input),
  ])
  const found = problems.flat()
  if (found.length > 0) throw new Problem(found)
}

async function checkHost(): Promise<readonly string[]> {
  const problems: string[] = []
  if (process.platform !== 'linux')
    return ['Kiln builds images with Linux containers and runs on Linux only']
  if (process.arch !== 'x64' && process.arch !== 'arm64') {
    problems.push(
      `no Postgres binaries are known for ${process.arch}: set KILN_DATABASE_URL and KILN_TEMPORAL_ADDRESS`,
    )
  }
  if (process.getuid?.() !== 0) {
    problems.push(
      'buildkitd mounts layers and needs root: run `sudo npm start`, or start it in a container with --privileged',
    )
  }
  const hasCgroup = (await readMounts()).some(({ type }) => type === 'cgroup' || type === 'cgroup2')
  if (!hasCgroup) problems.push('no cgroup is mounted: run `mount -t cgroup2 none /sys/fs/cgroup`')
  if (!existsSync('/proc/self/ns/mnt'))
    problems.push('this kernel has no mount namespaces: builds cannot run here')
  return problems
}

async function checkPorts({ settings, ports }: PreflightInput): Promise<readonly string[]> {
  const found = await Promise.all(
    ports.map(async (name) => {
      const port = settings.ports[name]
      if (port === 0 || (await isPortFree(port))) return []
      const holder = await findPortHolder(port)
      const by = holder === undefined ? '' : ` by ${holder}`
      return [
        `port ${port} is in use${by}: stop it, or set ${portVariables[name]} to another port (0 picks a free one)`,
      ]
    }),
  )
  const fixed = ports.map((name) => settings.ports[name]).filter((port) => port !== 0)
  const doubled = fixed.filter((port, index) => fixed.indexOf(port) !== index)
  return [...found.flat(), ...doubled.map((port) => `port ${port} is given to two components`)]
}

async function checkDisk({ settings, missing }: PreflightInput): Promise<readonly string[]> {
  const wanted: readonly (readonly [string, string, number])[] = [
    ['KILN_STATE_DIR', settings.stateDir, stateSpace],
    ...(missing.length > 0
      ? [['KILN_CACHE_DIR', settings.resolve.cacheDir, buildSpace] as const]
      : []),
  ]
  const found = await Promise.all(
    wanted.map(async ([variable, folder, bytes]) => {
      const disk = await statfs(existingParent(folder))
      const free = disk.bavail * disk.bsize
      if (free >= bytes) return []
      return [
        `${folder} has ${(free / gib).toFixed(1)} GiB free, ${bytes / gib} GiB are needed: set ${variable}`,
      ]
    }),
  )
  return found.flat()
}

function existingParent(path: string): string {
  let folder = path
  while (!existsSync(folder)) folder = folder.slice(0, folder.lastIndexOf('/')) || '/'
  return folder
}

async function checkBuildTools({ settings, missing }: PreflightInput): Promise<readonly string[]> {
  const built = missing.filter((name) => findRelease(name, settings.resolve) === undefined)
  const lacking = await Promise.all(
    built.map(async (name) => !(await hasCTools(pins[name].build.cgo, settings.environment))),
  )
  if (!lacking.includes(true) || (await canInstallPackages())) return []
  return [
    'runc is built with a C compiler: install gcc, pkg-config and the headers of libseccomp, or a runc >= 1.1 with seccomp',
  ]
}

async function checkNetworkTools({ settings }: PreflightInput): Promise<readonly string[]> {
  const missing = await missingNetworkPackages(settings.environment)
  if (missing.length === 0 || (await canInstallPackages())) return []
  return [`every build daemon has a network of its own: install ${missing.join(' and ')}`]
}

async function checkNetwork({ settings, missing }: PreflightInput): Promise<readonly string[]> {
  const toBuild = missing.filter((name) => findRelease(name, settings.resolve) === undefined)
  const first = toBuild[0]
  const proxies = goProxies(settings.resolve.goProxy)
  if (first === undefined) return []
  if (proxies.length === 0) {
    // `direct` or a file: proxy; Go itself will tell, but only a Go that is already here can use it.
    const go = await findGo(settings.resolve)
    return go === undefined
      ? ['GOPROXY names no http proxy and go is not on PATH: install Go, or set GOPROXY']
      : []
  }
  const { build, version } = pins[first]
  const reached = await Promise.all(
    proxies.map((proxy) => canReach(`${proxy}/${escapeModule(build.module)}/@v/v${version}.info`)),
  )
  if (reached.includes(true)) return []
  return [
    `${toBuild.join(', ')} must be built, but ${proxies.join(' and ')} cannot be reached: check the network, set GOPROXY to a mirror, or KILN_<NAME>_BIN to binaries`,
  ]
}

/** The proxy protocol writes an upper-case letter as `!` and its lower case. */
function escapeModule(path: string): string {
  return path.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`)
}

async function canReach(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(15_000) })
    await response.body?.cancel()
    return response.ok
  } catch {
    // Why it cannot be reached does not change what a person has to do.
    return false
  }
}
