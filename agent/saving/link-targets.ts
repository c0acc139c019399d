import { readlink } from 'node:fs/promises'
import { posix } from 'node:path'
import { inFolder, unlessGone } from './in-folder.ts'
import { bytesOf, cutName } from './entry-path.ts'
import { type UpperEntry } from './walk-upper.ts'

/** A link that an environment has written, and the path that it names. */
export interface LinkTarget {
  readonly path: string
  readonly target: string
}

/** Links that are read at once. */
const group = 64

export async function readTargets(
  upper: string,
  links: readonly Pick<UpperEntry, 'path'>[],
): Promise<readonly LinkTarget[]> {
  const targets: LinkTarget[] = []
  for (let at = 0; at < links.length; at += group) {
    const read = links.slice(at, at + group).map(async ({ path }) => {
      const target = await readTarget(upper, path)
      if (target === undefined) return []
      return [{ path, target: posix.resolve('/', posix.dirname(path), target).slice(1) }]
    })
    targets.push(...(await Promise.all(read)).flat())
  }
  return targets
}

/** `undefined` when it has gone meanwhile, or is something else by now. */
async function readTarget(upper: string, path: string): Promise<string | undefined> {
  const [above, name] = cutName(path)
  return inFolder(upper, above, async (place) =>
    readlink(bytesOf(place, name), 'latin1').catch(unlessGone),
  )
}

/** Those that lead, also by one another, to what is not there. @param isGone of the paths that they may name. Pure. */
export function danglingOf(
  targets: readonly LinkTarget[],
  isGone: (path: string) => boolean,
): readonly LinkTarget[] {
  const dangling = new Set<string>()
  const leadsAway = (path: string) => isGone(path) || hasAbove(dangling, path)
  for (let found = true; found;) {
    found = false
    for (const { path, target } of targets) {
      if (dangling.has(path) || !leadsAway(target)) continue
      dangling.add(path)
      found = true
    }
  }
  return targets.filter(({ path }) => dangling.has(path))
}

/** Whether a path, or a folder that it is in, is one of these. Pure. */
export function hasAbove(paths: ReadonlySet<string>, path: string): boolean {
  for (let part = path; part !== '.' && part !== ''; part = posix.dirname(part)) {
    if (paths.has(part)) return true
  }
  return false
}
