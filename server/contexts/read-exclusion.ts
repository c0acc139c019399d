import {
  createExclusion,
  excludeNothing,
  type Exclusion,
  ignoreFiles,
  maxIgnoreBytes,
} from '../../contexts/exclusion.ts'
import type { ReadSpan } from './read-spans.ts'
import { refuseEntry } from './refuse.ts'
import type { SpooledEntry } from './spool.ts'

/** What the ignore file of a context excludes. @throws Refusal that names a pattern which is none. */
export async function readExclusion(
  entries: readonly SpooledEntry[],
  read: ReadSpan,
): Promise<Exclusion> {
  const found = ignoreFiles
    .map((name) => entries.findLast(({ path }) => path === name))
    .find((entry) => entry?.kind === 'file')
  if (found === undefined) return excludeNothing
  if (found.size > maxIgnoreBytes)
    throw refuseEntry(found.path, `it is larger than ${maxIgnoreBytes} bytes`)
  const parts: Uint8Array[] = []
  for await (const bytes of read(found.at, found.size)) parts.push(Buffer.from(bytes))
  try {
    return createExclusion(Buffer.concat(parts).toString('utf8'))
  } catch (error) {
    throw refuseEntry(found.path, error instanceof Error ? error.message : 'it is no ignore file')
  }
}
