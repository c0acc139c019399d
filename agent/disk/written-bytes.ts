import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cgroupFolders } from '../daemon/cgroup.ts'
import type { DaemonPaths } from '../daemon/daemon-paths.ts'

/** How much the steps that run now have written to disks, in bytes: what their processes and those before them say. */
export async function readWrittenBytes({ cgroup, ownCgroup }: DaemonPaths): Promise<number> {
  const folders = await cgroupFolders(cgroup)
  const ofSteps = folders.filter((folder) => !folder.endsWith(ownCgroup))
  const texts = await Promise.all(ofSteps.map((folder) => read(join(folder, 'cgroup.procs'))))
  const pids = new Set(texts.flatMap((text) => text.split('\n').filter(Boolean)))
  const written = await Promise.all([...pids].map(async (pid) => read(join('/proc', pid, 'io'))))
  return written
    .map((text) => Number(/^write_bytes: (\d+)$/m.exec(text)?.[1] ?? 0))
    .reduce((sum, bytes) => sum + bytes, 0)
}

async function read(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '')
}
