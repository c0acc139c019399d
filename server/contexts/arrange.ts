import { defaultMode } from '../../contexts/entry.ts'
import { comparePaths } from '../../contexts/path-order.ts'
import { refuseEntry } from './refuse.ts'
import type { SpooledEntry } from './spool.ts'

/** A step on the way to an entry, and whether it is in the tar already. */
interface Step {
  readonly entry: SpooledEntry
  kept: boolean
}

/**
 * The entries of the normal tar, in its order: without what is excluded, of those with the same path the last, and with
 * every folder above what is kept. @throws Refusal for what lies below something that is no folder. Pure.
 */
export function arrange(
  entries: readonly SpooledEntry[],
  isExcluded: (path: string) => boolean,
): readonly SpooledEntry[] {
  const sorted = lastOfEach(entries)
  const root = sorted[0]?.path === '' ? sorted[0] : impliedFolder('')
  const arranged: SpooledEntry[] = [root]
  /** The way to the entry before, itself included. */
  const way: Step[] = [{ entry: root, kept: true }]
  const keep = (step: Step) => {
    if (!step.kept) arranged.push(step.entry)
    step.kept = true
  }
  for (const entry of sorted) {
    if (entry === root) continue
    const parent = leaveFolders(way, entry.path)
    if (parent.kind !== 'directory') {
      const where = JSON.stringify(parent.path)
      throw refuseEntry(entry.path, `it lies below ${where}, which is no folder`)
    }
    const folders = foldersBetween(parent.path, entry.path).map(impliedFolder)
    way.push(...[...folders, entry].map((step) => ({ entry: step, kept: false })))
    if (!isExcluded(entry.path)) way.forEach(keep)
  }
  return arranged
}

/** Goes back until `path` lies below the last step. @returns that step; everything lies below the first. */
function leaveFolders(way: Step[], path: string): SpooledEntry {
  for (;;) {
    const last = way.at(-1)?.entry
    if (last === undefined) throw new RangeError('a way begins with the context itself')
    if (last.path === '' || path.startsWith(`${last.path}/`)) return last
    way.pop()
  }
}

/** In order, and of those with the same path the one that came last: the one that unpacking would leave. */
function lastOfEach(entries: readonly SpooledEntry[]): readonly SpooledEntry[] {
  const sorted = entries.toSorted((a, b) => comparePaths(a.path, b.path))
  return sorted.filter(({ path }, at) => sorted[at + 1]?.path !== path)
}

/** The folders on the way from `above` to `path`, outermost first, without the two. */
function foldersBetween(above: string, path: string): readonly string[] {
  const parts = path.split('/')
  return parts
    .map((_, at) => parts.slice(0, at).join('/'))
    .filter((folder) => folder.length > above.length)
}

function impliedFolder(path: string): SpooledEntry {
  return { path, kind: 'directory', mode: defaultMode.directory, target: '', size: 0, at: 0 }
}
