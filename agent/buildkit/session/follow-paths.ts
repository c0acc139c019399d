import { lstat, readdir, readlink } from 'node:fs/promises'
import { posix } from 'node:path'
import { createGlob } from '../patterns/glob.ts'
import { isGone, unreadable } from './unreadable.ts'

/**
 * The paths with everything that the symbolic links on their way point at, as patterns. The links are followed part by
 * part inside of `root`: for one that is absolute or leads out of it `root` is the top of the file system.
 */
export async function followPaths(
  root: string,
  paths: readonly string[],
): Promise<readonly string[]> {
  const taken = new Set<string>()
  for (const path of paths) await follow(root, path, taken)
  return [...taken]
}

async function follow(root: string, path: string, taken: Set<string>): Promise<void> {
  const parts = posix.join('/', path).slice(1).split('/')
  for (const at of parts.keys()) {
    const current = parts.slice(0, at + 1).join('/')
    const targets = await linkTargets(root, current)
    const rest = parts.slice(at + 1)
    if (targets.length === 0 && rest.length > 0) continue
    if (taken.has(current)) return
    taken.add(current)
    for (const target of targets) await follow(root, posix.join(target, ...rest), taken)
    return
  }
}

/** Where the link points, or the links whose names fit where the last part is a pattern. */
async function linkTargets(root: string, path: string): Promise<readonly string[]> {
  const { dir, base } = posix.parse(path)
  const names = /[*?[]/.test(base) ? await matchingNames(root, dir, base) : [base]
  const targets = await Promise.all(names.map(async (name) => linkTarget(root, dir, name)))
  return targets.filter((target) => target !== undefined)
}

async function matchingNames(root: string, dir: string, base: string): Promise<readonly string[]> {
  const fits = createGlob(base.replaceAll(/\*+/g, '*'))
  const names = await readdir(pathOf(root, dir)).catch((error: unknown) => {
    if (isGone(error)) return []
    throw unreadable(dir, error)
  })
  return names.filter(fits)
}

async function linkTarget(root: string, dir: string, name: string): Promise<string | undefined> {
  const path = posix.join(dir, name)
  try {
    const stat = await lstat(pathOf(root, path))
    if (!stat.isSymbolicLink()) return undefined
    return posix.resolve('/', dir, await readlink(pathOf(root, path)))
  } catch (error) {
    if (isGone(error)) return undefined
    throw unreadable(path, error)
  }
}

function pathOf(root: string, path: string): string {
  return `${root}/${path}`
}
