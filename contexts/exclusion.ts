import { parseIgnoreFile } from '../agent/buildkit/patterns/ignore-file.ts'
import type { FolderMatch, PatternList } from '../agent/buildkit/patterns/patterns.ts'

/** The first of them that is there is followed: builders look for one beside the Dockerfile before the general one. */
export const ignoreFiles = ['Dockerfile.dockerignore', '.dockerignore']
export const maxIgnoreBytes = 1024 * 1024

/** What an ignore file leaves out of a context. */
export interface Exclusion {
  readonly excludes: (path: string) => boolean
  /** Whether a folder that is left out may hold something that is not. */
  readonly mayKeepBelow: (folder: string) => boolean
}

export const excludeNothing: Exclusion = { excludes: () => false, mayKeepBelow: () => true }

/** What the text of an ignore file excludes. @throws Error that names a pattern which is none. */
export function createExclusion(text: string): Exclusion {
  const list = parseIgnoreFile(text)
  if (list === undefined) return excludeNothing
  return { excludes: excludeBy(list), mayKeepBelow: (folder) => list.mayExceptBelow(folder) }
}

/** What a folder matched decides with what it holds, so that is kept. */
function excludeBy(list: PatternList): Exclusion['excludes'] {
  const folders = new Map<string, FolderMatch>()
  const above = (path: string): FolderMatch | undefined => {
    const end = path.lastIndexOf('/')
    if (end === -1) return undefined
    const folder = path.slice(0, end)
    const known = folders.get(folder) ?? list.matchFolder(folder, above(folder))
    folders.set(folder, known)
    return known
  }
  return (path) => list.matches(path, above(path))
}
