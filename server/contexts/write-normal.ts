import type { HashedFile } from './hashed-file.ts'
import { archiveEnd, normalHeader, padding } from '../../contexts/normal-header.ts'
import type { ReadSpan } from './read-spans.ts'
import type { SpooledEntry } from './spool.ts'

/** Writes the normal tar of entries that are in its order. */
export async function writeNormal(
  entries: readonly SpooledEntry[],
  read: ReadSpan,
  target: HashedFile,
): Promise<void> {
  for (const entry of entries) {
    await target.write(normalHeader(entry))
    for await (const bytes of read(entry.at, entry.size)) await target.write(bytes)
    await target.write(padding(entry.size))
  }
  await target.write(archiveEnd(target.size))
}
