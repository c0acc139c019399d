import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isErrno } from '#contract/errno.ts'
import { run } from '../../process/run.ts'
import type { Say } from '../../process/say.ts'
import { readLogTail } from '../../process/log-file.ts'
import { readDiskUsage } from '../buildkit/disk-usage.ts'
import { prune, type PruneOptions } from '../buildkit/prune.ts'
import { type DaemonPaths, daemonPaths } from '../daemon/daemon-paths.ts'
import { type DaemonLease, type DaemonPool, DaemonUnavailable } from '../daemon/daemon-pool.ts'
import { readWrittenBytes } from './written-bytes.ts'

/** What the projects keep on this node's disk. */
export interface ProjectCaches {
  /** Every project that keeps something here; who has not built for longest comes first. */
  list(): Promise<readonly string[]>
  running(): readonly string[]
  /** Remembers that a project builds now. */
  stamp(project: string): Promise<void>
  /** Removes what no record of the cache holds, such as what a step wrote that failed. */
  collect(project: string): Promise<void>
  prune(project: string, options: PruneOptions): Promise<void>
  /** Bytes of the cache. */
  size(project: string): Promise<number>
  /** What the steps of a project that run now have written, in bytes. */
  written(project: string): Promise<number>
  /** Whether the daemon has said, as its last words, that its database is beyond reading. */
  isBroken(project: string): Promise<boolean>
  restart(project: string): Promise<void>
  /** Starts a project's cache anew. What it had is removed in the background, if there is a block left to set it aside. */
  renew(project: string): Promise<void>
  /** Logs of daemons that were set aside. */
  dropOldLogs(): Promise<void>
  /** Goes on with what an earlier agent had begun to remove. */
  sweep(): Promise<void>
}

export interface CacheSettings {
  /** Holds a folder for each project. */
  readonly folder: string
  readonly scope: string
}

const answerLimitMs = 10_000
const pruneLimitMs = 30_000
const removeLimitMs = 3_600_000
const nothing = ['type==none']
/** Why buildkitd does not start, where that is what is on the disk. */
const cannotOpen =
  /^buildkitd: .*(?:invalid database|checksum error|version mismatch|file size too small)/m
/** Its database may panic once and be read again; twice without a start between means that it is not. */
const panics = /^panic: .*(?:page|freelist|bucket)[\s\S]*^panic: .*(?:page|freelist|bucket)/m
const lastLines = 80

export function createProjectCaches(
  { folder, scope }: CacheSettings,
  daemons: Pick<DaemonPool, 'use' | 'running' | 'replace'>,
  say: Say,
  signal: AbortSignal,
): ProjectCaches {
  const pathsOf = (project: string) => daemonPaths(folder, scope, project)
  const gone = join(folder, '.gone')
  const pruneBy = async (project: string, options: PruneOptions) => {
    using daemon = await useSoon(daemons, project)
    await prune(daemon.address, options, AbortSignal.any([signal, limit(pruneLimitMs)]))
  }
  const removeGone = async () =>
    run('rm', ['-rf', gone], { limitMs: removeLimitMs, signal }).catch((error: unknown) => {
      if (!signal.aborted) say(`what was set aside could not be removed: ${String(error)}`)
    })
  return {
    list: async () => listProjects(folder),
    running: () => daemons.running(),
    stamp: async (project) => stampUse(pathsOf(project)),
    collect: async (project) => pruneBy(project, { filters: nothing }),
    prune: pruneBy,
    size: async (project) => {
      using daemon = await useSoon(daemons, project)
      const records = await readDiskUsage(daemon.address, limit(pruneLimitMs))
      return records.reduce((sum, { size }) => sum + size, 0)
    },
    written: async (project) => readWrittenBytes(pathsOf(project)),
    isBroken: async (project) => {
      const words = await readLogTail(pathsOf(project).logFile, lastLines).catch(() => '')
      const sinceStart = words.slice(Math.max(0, words.lastIndexOf('running server on')))
      return cannotOpen.test(sinceStart) || panics.test(sinceStart)
    },
    restart: async (project) => daemons.replace(project, async () => undefined),
    renew: async (project) => {
      const { root, logFile } = pathsOf(project)
      await daemons.replace(project, async () => {
        await setAside(root, gone).catch(async (error: unknown) => {
          if (!isErrno(error, 'ENOSPC')) throw error
          // Not even a folder can be made: it is removed where it is, however long that takes.
          await run('rm', ['-rf', root], { limitMs: removeLimitMs, signal })
        })
        // Its last words were about what is gone.
        await rm(logFile, { force: true })
      })
      void removeGone()
    },
    dropOldLogs: async () => {
      const projects = await listProjects(folder)
      await Promise.all(
        projects.map(async (project) => rm(`${pathsOf(project).logFile}.1`, { force: true })),
      )
    },
    sweep: async () => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      void removeGone()
    },
  }
}

async function setAside(root: string, gone: string): Promise<void> {
  await mkdir(gone, { recursive: true, mode: 0o700 })
  await rename(root, join(gone, randomUUID())).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error
  })
}

/** A daemon that does not come up must not hold up those that do. @throws DaemonUnavailable */
async function useSoon(daemons: Pick<DaemonPool, 'use'>, project: string): Promise<DaemonLease> {
  const lease = daemons.use(project)
  const limited = new AbortController()
  const late = sleep(answerLimitMs, undefined, { signal: limited.signal }).then(() => {
    lease.then(
      (unused) => unused[Symbol.dispose](),
      () => undefined,
    )
    throw new DaemonUnavailable(`the build daemon of ${project} does not answer soon`)
  })
  late.catch(() => undefined)
  try {
    return await Promise.race([lease, late])
  } finally {
    limited.abort()
  }
}

function limit(ms: number): AbortSignal {
  return AbortSignal.timeout(ms)
}

/** Names of projects never begin with a dot. */
async function listProjects(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  const found = await Promise.all(
    names.map(async ({ name }) => ({ name, usedAt: await readUse(join(folder, name)) })),
  )
  return found.toSorted((a, b) => a.usedAt - b.usedAt).map(({ name }) => name)
}

const stampName = 'used'

async function readUse(own: string): Promise<number> {
  return stat(join(own, stampName)).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )
}

async function stampUse({ folder }: DaemonPaths): Promise<void> {
  const path = join(folder, stampName)
  const now = new Date()
  // On a full disk it may not be made; then the project counts as the one that is idle for longest.
  await utimes(path, now, now).catch(async () => writeFile(path, '').catch(() => undefined))
}
