import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { ContextServer } from '../../agent/contexts/context-server.ts'
import { agentScope, daemonPaths } from '../../agent/daemon/daemon-paths.ts'
import { type DaemonSettings, startProjectDaemon } from '../../agent/daemon/project-daemon.ts'
import { parseEgress } from '../../agent/network/egress.ts'
import { sweepAgent } from '../../agent/daemon/sweep.ts'
import { binaryFinder } from '../../embedded/components/context.ts'
import { readSettings } from '../../embedded/config.ts'
import { createReport, type Report } from '../../embedded/report.ts'
import { locateAll, resolveAll } from '../../embedded/resolve/resolve.ts'
import { testEnvironment } from '../farm.ts'

export interface TestDaemon extends AsyncDisposable {
  readonly address: string
  /** Reached by this daemon only. */
  readonly contexts: ContextServer
  /** Kills the daemon as a crash would. @returns when it answers again. */
  kill(): Promise<void>
  /** A CDI specification written here gives the daemon a device. */
  readonly cdiDir: string
  /** A folder that goes away with the daemon. */
  readonly folder: string
  /** Runs the program that comes with the daemon, against it. @returns what it printed. */
  buildctl(...args: readonly string[]): Promise<string>
  /** A folder with busybox as /bin/busybox, to be copied onto `scratch`. */
  busybox(): Promise<string>
}

const project = 'test'
const subnet = '10.213.0.0/16'
const components = ['buildkit', 'runc', 'cni'] as const

/** A buildkitd of its own: no registry, no farm. @param host is reached by it, also on loopback, and spoken to without TLS, unless `ca` is given. */
export async function startTestDaemon(host = '127.0.0.1:1', ca?: string): Promise<TestDaemon> {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'kiln-daemon-'))
  stack.defer(async () => rm(folder, { recursive: true, force: true }))
  const cdiDir = join(folder, 'cdi')
  await mkdir(cdiDir)
  const report = createReport(process.stdout)
  const binary = await findBinaries(folder, report)
  stack.defer(async () => sweepAgent(folder, report.say))
  const settings = settingsOf(folder, binary, host, ca)
  const paths = daemonPaths(settings.folder, settings.scope, project)
  const daemon = stack.use(await startProjectDaemon(settings, project, report.say))
  const owned = stack.move()
  return {
    address: daemon.address,
    contexts: daemon.contexts,
    kill: async () => {
      const pid = await readDaemonPid(paths.pidFile)
      process.kill(pid, 'SIGKILL')
      while ((await readDaemonPid(paths.pidFile)) === pid) await sleep(20)
      await daemon.ready()
    },
    cdiDir,
    folder,
    buildctl: async (...args) => {
      const program = binary('buildkit', 'buildctl')
      const { stdout } = await promisify(execFile)(program, ['--addr', daemon.address, ...args])
      return stdout
    },
    busybox: async () => {
      const root = join(folder, 'busybox')
      await mkdir(join(root, 'bin'), { recursive: true })
      await copyFile('/bin/busybox', join(root, 'bin/busybox'))
      return root
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  }
}

/** What daemons are started with that keep everything below `folder`, but for the programs. */
export async function testDaemonSettings(folder: string): Promise<DaemonSettings> {
  return settingsOf(folder, await findBinaries(folder, createReport(process.stdout)), '127.0.0.1:1')
}

function settingsOf(
  folder: string,
  binary: Awaited<ReturnType<typeof findBinaries>>,
  host: string,
  ca?: string,
): DaemonSettings {
  return {
    folder: join(folder, 'daemons'),
    scope: agentScope(folder),
    buildkitd: binary('buildkit', 'buildkitd'),
    runc: binary('runc', 'runc'),
    cniDir: dirname(binary('cni', 'bridge')),
    network: { subnet, allow: parseEgress(host), deny: [], resolvers: [] },
    parallelism: 2,
    limits: { processes: 4096, memory: undefined },
    cdiDirs: [join(folder, 'cdi')],
    registry: new URL(`${ca === undefined ? 'http' : 'https'}://${host}`),
    registryAuthority: ca,
    cache: { reserved: { percent: 5 }, max: { percent: 60 }, minFree: { percent: 20 } },
    environment: process.env,
  }
}

async function findBinaries(folder: string, report: Report) {
  const settings = readSettings(testEnvironment(folder))
  const located = await locateAll(components, settings.resolve)
  const { signal } = new AbortController()
  return binaryFinder(await resolveAll(components, located, settings.resolve, report, signal))
}

async function readDaemonPid(file: string): Promise<number> {
  return (JSON.parse(await readFile(file, 'utf8')) as { pid: number }).pid
}
