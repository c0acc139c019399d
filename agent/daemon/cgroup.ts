import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { signalProcess } from '../../process/group.ts'
import { readMounts } from '../../process/mounts.ts'

const killLimitMs = 5_000

/** A tree of cgroups. Version 1 has one for each controller, version 2 has one for all. */
export interface Hierarchy {
  readonly path: string
  readonly type: string
}

/**
 * The hierarchies whose cgroups a process can join at once. A new cpuset of version 1 has no processors and takes nobody
 * in, so that hierarchy is left out.
 */
export async function joinableHierarchies(): Promise<readonly Hierarchy[]> {
  return (await readHierarchies()).filter(({ options }) => !options.includes('cpuset'))
}

/** The folders of a cgroup in each of them. */
export async function joinableFolders(name: string): Promise<readonly string[]> {
  return (await joinableHierarchies()).map(({ path }) => join(path, name))
}

export interface KilledCgroup {
  /** How many processes were sent SIGKILL. */
  readonly killed: number
  /** Those that it has not ended, such as one that hangs in a driver. Their cgroup stays. */
  readonly left: readonly number[]
}

/** Kills everything in the cgroup, in every hierarchy, and removes it. */
export async function killCgroup(name: string): Promise<KilledCgroup> {
  const killed = new Set<number>()
  const deadline = performance.now() + killLimitMs
  for (;;) {
    const folders = await cgroupFolders(name)
    // Otherwise what forks without end would outrun the killing.
    await Promise.all(folders.map(async (folder) => allowPids(folder, '0')))
    const pids = (await Promise.all(folders.map(readPids))).flat()
    if (pids.length === 0) {
      for (const folder of folders) await rmdir(folder).catch(() => undefined)
      return { killed: killed.size, left: [] }
    }
    for (const pid of pids) {
      killed.add(pid)
      signalProcess(pid, 'SIGKILL')
    }
    if (performance.now() > deadline) {
      // What starts in the cgroup next has to be able to.
      await Promise.all(folders.map(async (folder) => allowPids(folder, 'max')))
      return { killed: killed.size, left: [...new Set(pids)] }
    }
    await sleep(20)
  }
}

/** Every folder of the cgroup in every hierarchy, children before parents. */
export async function cgroupFolders(name: string): Promise<readonly string[]> {
  const trees = await Promise.all(
    (await readHierarchies()).map(({ path }) => listTree(join(path, name))),
  )
  return trees.flat()
}

async function readHierarchies() {
  return (await readMounts()).filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
}

async function listTree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return []
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => listTree(join(folder, entry.name)))
  return [...(await Promise.all(below)).flat(), folder]
}

/** How many processes there may be; the file is where the pids controller is. */
async function allowPids(folder: string, most: '0' | 'max'): Promise<void> {
  await writeFile(join(folder, 'pids.max'), most, { flag: 'r+' }).catch(() => undefined)
}

async function readPids(folder: string): Promise<readonly number[]> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean).map(Number)
}
