import { readdir, readFile, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { signalProcess } from '../../process/group.ts'
import { run } from '../../process/run.ts'
import type { Report } from '../report.ts'

export interface Sweep {
  readonly root: string
  readonly cgroup: string
  readonly report: Report
}

const limitMs = 5000

/** Ends the steps and mounts that a killed daemon left: neither goes away with it, nor when it starts again. */
export async function sweepBuildkit({ root, cgroup, report }: Sweep): Promise<void> {
  const killed = await killCgroup(cgroup)
  const unmounted = await unmountBelow(root)
  if (killed > 0)
    report.say(`buildkit: killed ${killed} processes of steps that outlived their daemon`)
  if (unmounted > 0) report.say(`buildkit: removed ${unmounted} mounts left below ${root}`)
}

/** Kills everything in the cgroup, in every hierarchy, and removes it. */
async function killCgroup(name: string): Promise<number> {
  const killed = new Set<number>()
  const deadline = performance.now() + limitMs
  for (;;) {
    const folders = await cgroupFolders(name)
    const pids = (await Promise.all(folders.map(readPids))).flat()
    if (pids.length === 0) {
      for (const folder of folders) await rmdir(folder).catch(() => undefined)
      return killed.size
    }
    for (const pid of pids) {
      killed.add(pid)
      signalProcess(pid, 'SIGKILL')
    }
    if (performance.now() > deadline)
      throw new Error(`cgroup ${name} still holds ${pids.join(', ')} after SIGKILL`)
    await sleep(20)
  }
}

/** Every folder of the cgroup in every hierarchy, children before parents. */
export async function cgroupFolders(name: string): Promise<readonly string[]> {
  const mounts = (await readMounts()).filter(({ type }) => type === 'cgroup' || type === 'cgroup2')
  const trees = await Promise.all(mounts.map(({ path }) => listTree(join(path, name))))
  return trees.flat()
}

async function listTree(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return []
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => listTree(join(folder, entry.name)))
  return [...(await Promise.all(below)).flat(), folder]
}

async function readPids(folder: string): Promise<readonly number[]> {
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
  return text.split('\n').filter(Boolean).map(Number)
}

async function unmountBelow(root: string): Promise<number> {
  const paths = (await readMounts())
    .map(({ path }) => path)
    .filter((path) => path.startsWith(`${root}/`))
  // Last mounted first: a later mount may lie inside an earlier one.
  for (const path of paths.toReversed()) {
    await run('umount', ['--lazy', path], { limitMs })
  }
  return paths.length
}

export async function readMounts(): Promise<readonly { path: string; type: string }[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n').filter(Boolean)
  return lines.map((line) => {
    const [, path = '', type = ''] = line.split(' ')
    return {
      path: path.replace(/\\(\d{3})/g, (_, code: string) =>
        String.fromCodePoint(parseInt(code, 8)),
      ),
      type,
    }
  })
}
