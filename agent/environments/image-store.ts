import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { EnvironmentPlan } from '#contract/environment.ts'
import { isErrno } from '#contract/errno.ts'

/** The files of one image, for the environments of one project: they are never written to. */
export type ImageKey = Pick<EnvironmentPlan, 'project' | 'digest'>

/** An image that is unpacked on this node. */
export interface UnpackedImage {
  readonly path: string
  /** What its files take of the disk. */
  readonly bytes: number
  readonly usedAt: number
}

export interface ImageStore {
  /** The folder with the files of an image, which are fetched by `pull` unless they are there. */
  open(key: ImageKey, pull: (folder: string) => Promise<void>): Promise<string>
  /** The folder in which they are, once they are there. */
  pathOf(key: ImageKey): string
  /** Those that are there, the one that was not used for longest first. */
  list(): Promise<readonly UnpackedImage[]>
  /** Removes what was begun and never ended, and what nobody has used for long. @param used by environments of this node. */
  tidy(used: readonly ImageKey[]): Promise<void>
  /** Removes what no environment is made from, the one that was not used for longest first, until so many bytes are freed. */
  drop(bytes: number, used: () => readonly ImageKey[]): Promise<void>
}

export interface ImageStoreDeps {
  /** Of a folder, in bytes. */
  readonly measure: (folder: string) => Promise<number>
  /** In ms since 1970. */
  readonly now: () => number
}

const partial = '.partial'
/** Beside the folder of an image: how large it is, and by its time when the image was last used. */
const note = '.bytes'
/** For so long an image that nobody uses is kept for whoever starts from it next. */
const idleMs = 3 * 24 * 3_600_000

/** Unpacked images below `folder`: one is unpacked once, however many start from it at a time. */
export function createImageStore(folder: string, deps: ImageStoreDeps): ImageStore {
  const opening = new Map<string, Promise<string>>()
  const removing = new Map<string, Promise<void>>()
  const pathOf = ({ project, digest }: ImageKey) =>
    join(folder, project, digest.replace('sha256:', ''))
  const remove = async (path: string) => {
    const removed = removeImage(path).finally(() => removing.delete(path))
    removing.set(path, removed)
    return removed
  }
  return {
    pathOf,
    list: async () => listImages(folder),
    open: async (key, pull) => {
      const path = pathOf(key)
      const known = opening.get(path)
      if (known !== undefined) return known
      const filled = fill(path, pull, { ...deps, removed: removing.get(path) }).finally(() =>
        opening.delete(path),
      )
      opening.set(path, filled)
      return filled
    },
    tidy: async (used) => {
      const kept = new Set(used.map(pathOf))
      for (const { path, usedAt } of await listImages(folder)) {
        if (kept.has(path)) await stamp(path, deps.now())
        else if (deps.now() - usedAt > idleMs && !opening.has(path)) await remove(path)
      }
      for (const path of await listPartial(folder)) {
        if (!opening.has(path)) await rm(`${path}${partial}`, { recursive: true, force: true })
      }
    },
    drop: async (bytes, used) => {
      let freed = 0
      for (const image of await listImages(folder)) {
        if (freed >= bytes) return
        const { path } = image
        if (opening.has(path) || used().some((key) => pathOf(key) === path)) continue
        await remove(path)
        freed += image.bytes
      }
    },
  }
}

async function fill(
  path: string,
  pull: (folder: string) => Promise<void>,
  { measure, now, removed }: ImageStoreDeps & { readonly removed: Promise<void> | undefined },
): Promise<string> {
  await removed
  if (await isThere(path)) {
    await stamp(path, now())
    return path
  }
  const unfinished = `${path}${partial}`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true, mode: 0o755 })
  try {
    await pull(unfinished)
    await writeFile(`${path}${note}`, String(await measure(unfinished)))
    await stamp(path, now())
    await rename(unfinished, path)
    return path
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

/** Out of sight at once, so that nobody starts from what is half gone. */
async function removeImage(path: string): Promise<void> {
  const unfinished = `${path}${partial}`
  await rm(unfinished, { recursive: true, force: true })
  await rename(path, unfinished)
  await rm(unfinished, { recursive: true, force: true })
  await rm(`${path}${note}`, { force: true })
}

async function stamp(path: string, now: number): Promise<void> {
  const at = new Date(now)
  await utimes(`${path}${note}`, at, at).catch((error: unknown) => {
    if (!isErrno(error, 'ENOENT')) throw error
  })
}

async function isThere(path: string): Promise<boolean> {
  return readdir(path).then(
    () => true,
    () => false,
  )
}

async function listImages(folder: string): Promise<readonly UnpackedImage[]> {
  const paths = (await listPaths(folder)).filter((path) => !/\.[^/]*$/.test(path))
  const found = await Promise.all(
    paths.map(async (path) => {
      // Those of an agent before this one have none.
      const [text, noted] = await Promise.all([
        readFile(`${path}${note}`, 'utf8').catch(() => ''),
        stat(`${path}${note}`).catch(() => undefined),
      ])
      return { path, bytes: Number(text), usedAt: noted?.mtimeMs ?? 0 }
    }),
  )
  return found.toSorted((one, other) => one.usedAt - other.usedAt)
}

/** Those that are being unpacked, or were. */
async function listPartial(folder: string): Promise<readonly string[]> {
  const paths = (await listPaths(folder)).filter((path) => path.endsWith(partial))
  return paths.map((path) => path.slice(0, -partial.length))
}

async function listPaths(folder: string): Promise<readonly string[]> {
  const projects = await listOf(folder)
  const names = await Promise.all(
    projects.map(async (project) => {
      const own = join(folder, project)
      return (await listOf(own)).map((name) => join(own, name))
    }),
  )
  return names.flat()
}

async function listOf(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return []
    throw error
  })
}
