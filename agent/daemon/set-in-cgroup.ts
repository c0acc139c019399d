import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '#contract/errno.ts'
import { type Hierarchy, joinableHierarchies } from './cgroup.ts'

/** What has files of its own in a cgroup of version 2 only once the cgroup above hands it down. */
const controllers = ['cpu', 'memory', 'pids'] as const

/**
 * Makes a cgroup in every hierarchy that a process can join, and gives each file its value where that file is: the two
 * versions have different names for the same. @returns the files that were there. @throws when a value is refused.
 */
export async function setInCgroup(
  name: string,
  values: Readonly<Record<string, string>>,
  hierarchies?: readonly Hierarchy[],
): Promise<ReadonlySet<string>> {
  const written = new Set<string>()
  for (const { path, type } of hierarchies ?? (await joinableHierarchies())) {
    const folder = join(path, name)
    await mkdir(folder, { recursive: true })
    if (type === 'cgroup2') await handDown(path, name)
    for (const [file, value] of Object.entries(values))
      if (await writeExisting(join(folder, file), value)) written.add(file)
  }
  return written
}

/** From the root down, each on its own: one that cannot be handed down must not keep the others back. */
async function handDown(root: string, name: string): Promise<void> {
  const parts = name.split('/')
  for (const depth of parts.keys()) {
    const folder = join(root, ...parts.slice(0, depth))
    const offered = (await readFile(join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ')
    for (const controller of controllers.filter((each) => offered.includes(each))) {
      // The kernel refuses it where processes are in the folder itself; then the files below are missing, which is told.
      await writeFile(join(folder, 'cgroup.subtree_control'), `+${controller}`).catch(
        () => undefined,
      )
    }
  }
}

async function writeExisting(path: string, value: string): Promise<boolean> {
  try {
    await writeFile(path, value, { flag: 'r+' })
    return true
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false
    throw error
  }
}
