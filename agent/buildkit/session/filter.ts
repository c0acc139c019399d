import { posix } from 'node:path'
import { type BytePath, fromBytePath } from './byte-path.ts'
import { type FolderMatch, parsePatterns } from '../patterns/patterns.ts'

/** What a transfer is about, in the words of the daemon. */
export interface FilterOptions {
  /** Only what one of these takes; empty takes all. */
  readonly includePatterns: readonly string[]
  readonly excludePatterns: readonly string[]
  /** Like includes, but where a symbolic link lies on the way, what it points at is taken as well. */
  readonly followPaths: readonly string[]
}

/** What the lists made of a folder: needed for what lies in it. */
export interface FolderState {
  readonly include: FolderMatch | undefined
  readonly exclude: FolderMatch | undefined
}

export interface Filter {
  /** `enter`: if this is a folder, something in it may be taken. */
  decide(path: BytePath, above: FolderState | undefined): { take: boolean; enter: boolean }
  enterFolder(path: BytePath, above: FolderState | undefined): FolderState
}

/** @param options with links that were resolved already. @throws Error that names a pattern which is not one. */
export function createFilter(options: FilterOptions): Filter {
  const followed = options.followPaths.some(isTop) ? [] : options.followPaths
  const includes = parsePatterns([...options.includePatterns, ...followed])
  const excludes = parsePatterns(options.excludePatterns)
  return {
    decide: (bytePath, above) => {
      const path = fromBytePath(bytePath)
      const isIncluded = includes?.matches(path, above?.include) ?? true
      const isExcluded = excludes?.matches(path, above?.exclude) ?? false
      return {
        take: isIncluded && !isExcluded,
        enter:
          (isIncluded || includes?.mayMatchBelow(path) === true) &&
          (!isExcluded || excludes?.mayExceptBelow(path) === true),
      }
    },
    enterFolder: (bytePath, above) => {
      const path = fromBytePath(bytePath)
      return {
        include: includes?.matchFolder(path, above?.include),
        exclude: excludes?.matchFolder(path, above?.exclude),
      }
    },
  }
}

/** The directory itself: who asks for that asks for all. */
function isTop(path: string): boolean {
  return posix.join('/', path) === '/'
}
