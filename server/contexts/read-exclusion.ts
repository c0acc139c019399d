import dockerignore from '@balena/dockerignore'
import type { ReadSpan } from './read-spans.ts'
import { refuseEntry } from './refuse.ts'
import type { SpooledEntry } from './spool.ts'

const ignoreFile = '.dockerignore'
const maxBytes = 1024 * 1024

/** What the .dockerignore of a context excludes, the last if there are several. */
export async function readExclusion(
  entries: readonly SpooledEntry[],
  read: ReadSpan,
): Promise<(path: string) => boolean> {
  const found = entries.findLast(({ path, kind }) => path === ignoreFile && kind === 'file')
  if (found === undefined) return () => false
  if (found.size > maxBytes) throw refuseEntry(ignoreFile, `it is larger than ${maxBytes} bytes`)
  const parts: Uint8Array[] = []
  for await (const bytes of read(found.at, found.size)) parts.push(Buffer.from(bytes))
  const filter = dockerignore.default().add(Buffer.concat(parts).toString('utf8'))
  return (path) => filter.ignores(path)
}
