import type { FolderMatch, PatternList } from '../../agent/buildkit/patterns/patterns.ts'
import { parseIgnoreFile } from '../../agent/buildkit/patterns/ignore-file.ts'
import type { ReadSpan } from './read-spans.ts'
import { refuseEntry } from './refuse.ts'
import type { SpooledEntry } from './spool.ts'

/** The first of them that is there is followed: builders look for one beside the Dockerfile before the general one. */
const ignoreFiles = ['Dockerfile.dockerignore', '.dockerignore']
const maxBytes = 1024 * 1024

/** What the ignore file of a context excludes. @throws Refusal that names a pattern which is none. */
export async function readExclusion(
  entries: readonly SpooledEntry[],
  read: ReadSpan,
): Promise<(path: string) => boolean> {
  const found = ignoreFiles
    .map((name) => entries.findLast(({ path }) => path === name))
    .find((entry) => entry?.kind === 'file')
  if (found === undefined) return () => false
  if (found.size > maxBytes) throw refuseEntry(found.path, `it is larger than ${maxBytes} bytes`)
  const parts: Uint8Array[] = []
  for await (const bytes of read(found.at, found.size)) parts.push(Buffer.from(bytes))
  const list = parse(found.path, Buffer.concat(parts).toString('utf8'))
  return list === undefined ? () => false : createExclusion(list)
}

function parse(path: string, text: string): PatternList | undefined {
  try {
    return parseIgnoreFile(text)
  } catch (error) {
    throw refuseEntry(path, error instanceof Error ? error.message : 'it is no ignore file')
  }
}

/** What a folder matched decides with what it holds, so that is kept. */
function createExclusion(list: PatternList): (path: string) => boolean {
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
