import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnvironmentPlan } from '#contract/environment.ts'
import { isErrno } from '../../process/group.ts'

/** The files of one image, for the environments of one project: they are never written to. */
export type ImageKey = Pick<EnvironmentPlan, 'project' | 'digest'>

export interface ImageStore {
  /** The folder with the files of an image, which are fetched by `pull` unless they are there. */
  open(key: ImageKey, pull: (folder: string) => Promise<void>): Promise<string>
  /** The folder in which they are, once they are there. */
  pathOf(key: ImageKey): string
  /** Removes what no environment on this node is made from. */
  keepOnly(used: readonly ImageKey[]): Promise<void>
}

const partial = '.partial'

/** Unpacked images below `folder`: one is unpacked once, however many start from it at a time. */
export function createImageStore(folder: string): ImageStore {
  const opening = new Map<string, Promise<string>>()
  const pathOf = ({ project, digest }: ImageKey) =>
    join(folder, project, digest.replace('sha256:', ''))
  return {
    pathOf,
    open: async (key, pull) => {
      const path = pathOf(key)
      const known = opening.get(path)
      if (known !== undefined) return known
      const filled = fill(path, pull).finally(() => opening.delete(path))
      opening.set(path, filled)
      return filled
    },
    keepOnly: async (used) => {
      const kept = new Set([...used.map(pathOf), ...opening.keys()])
      for (const project of await listOf(folder)) {
        for (const name of await listOf(join(folder, project))) {
          const path = join(folder, project, name)
          if (kept.has(path) || kept.has(path.slice(0, -partial.length))) continue
          await rm(path, { recursive: true, force: true })
        }
      }
    },
  }
}

async function fill(path: string, pull: (folder: string) => Promise<void>): Promise<string> {
  if (await isThere(path)) return path
  const unfinished = `${path}${partial}`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o755 })
  try {
    await pull(unfinished)
    await rename(unfinished, path)
    return path
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    () => false,
  )
}

async function listOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return []
    throw error
  })
}
