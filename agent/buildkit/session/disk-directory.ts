import { readdir } from 'node:fs/promises'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type BytePath, encodeBytePath, fromBytePath, toBytePath } from './byte-path.ts'
import type { Directory, Entry } from './directory.ts'
import { createDescriber } from './disk-entry.ts'
import { readDiskFile } from './disk-file.ts'
import { isFolder } from './file-mode.ts'
import { createFilter, type Filter, type FilterOptions, type FolderState } from './filter.ts'
import { followPaths } from './follow-paths.ts'
import { isGone, unreadable } from './unreadable.ts'

/** Names that are looked at before other work of this process gets a turn. */
const groupSize = 128

/** A folder on the way down, and how far it has been gone through. */
interface Level {
  readonly path: BytePath
  readonly names: readonly BytePath[]
  readonly state: FolderState | undefined
  /** The folder itself, as long as it has not been told. */
  untold: Entry | undefined
  next: number
}

/**
 * A folder on disk. Everything belongs to user and group 0; sockets are left out, and so is what goes away meanwhile.
 * Extended attributes are not told: Node has no call that reads them.
 */
export function diskDirectory(root: string): Directory {
  return {
    async *list(options: FilterOptions) {
      const followed = await followPaths(root, options.followPaths)
      yield* walk(toBytePath(root), createFilter({ ...options, followPaths: followed }))
    },
    read: (path) => readDiskFile(toBytePath(root), path),
  }
}

async function* walk(root: BytePath, filter: Filter): AsyncGenerator<readonly Entry[]> {
  const describe = createDescriber(root)
  const levels = [await openLevel(root, '', undefined, undefined)]
  let group: Entry[] = []
  for (let looked = 1; ; looked += 1) {
    const level = levels.at(-1)
    if (level === undefined) break
    if (looked % groupSize === 0) {
      yield group
      group = []
      await nextTurn()
    }
    const name = level.names[level.next]
    level.next += 1
    if (name === undefined) {
      levels.pop()
      continue
    }
    const path = level.path === '' ? name : `${level.path}/${name}`
    const { take, enter } = filter.decide(path, level.state)
    const entry = take || enter ? describe(path, take) : undefined
    if (entry === undefined) continue
    if (take) group.push(...untoldFolders(levels), entry)
    if (enter && isFolder(entry.mode)) {
      const state = filter.enterFolder(path, level.state)
      levels.push(await openLevel(root, path, state, take ? undefined : entry))
    }
  }
  yield group
}

/** The folders in which something was taken although they were not: they come first. */
function untoldFolders(levels: readonly Level[]): readonly Entry[] {
  const folders: Entry[] = []
  for (const level of levels) {
    if (level.untold === undefined) continue
    folders.push(level.untold)
    level.untold = undefined
  }
  return folders
}

async function openLevel(
  root: BytePath,
  path: BytePath,
  state: FolderState | undefined,
  untold: Entry | undefined,
): Promise<Level> {
  const names = await readdir(encodeBytePath(`${root}/${path}`), 'latin1').catch(
    (error: unknown) => {
      if (path !== '' && isGone(error)) return []
      throw unreadable(fromBytePath(path), error)
    },
  )
  // The daemon's order is the one of bytes, and each character here is one.
  const ordered = names.toSorted((a, b) => (a < b ? -1 : 1))
  return { path, names: ordered, state, untold, next: 0 }
}
