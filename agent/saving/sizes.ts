import type { SaveSurvey } from '#contract/save.ts'
import { shown } from './entry-path.ts'
import { type UpperEntry } from './walk-upper.ts'

/** Folders are told apart down to this depth. */
const depth = 3

/** Adds up what files take, by folder. A file with several names counts once. */
export function createSizes() {
  const byFolder = new Map<string, number>()
  const counted = new Set<number>()
  let bytes = 0
  let files = 0
  return {
    add: ({ path, kind, names, inode, bytes: size }: UpperEntry): void => {
      if (kind !== 'file') return
      files += 1
      if (names > 1) {
        if (counted.has(inode)) return
        counted.add(inode)
      }
      bytes += size
      const parts = path.split('/').slice(0, -1).slice(0, depth)
      for (let length = 1; length <= parts.length; length += 1) {
        const folder = parts.slice(0, length).join('/')
        byFolder.set(folder, (byFolder.get(folder) ?? 0) + size)
      }
    },
    read: (most: number): Pick<SaveSurvey, 'bytes' | 'files' | 'folders'> => ({
      bytes,
      files,
      folders: [...byFolder]
        .toSorted(([, one], [, other]) => other - one)
        .slice(0, most)
        .map(([path, size]) => ({ path: shown(path), bytes: size })),
    }),
  }
}
