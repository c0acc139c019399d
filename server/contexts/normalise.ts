import type { Digest } from '#contract/image.ts'
import { arrange } from './arrange.ts'
import type { ContextEntry } from '../../contexts/entry.ts'
import type { ContextLimits } from './context-limits.ts'
import { createHashedFile, type HashedFile } from './hashed-file.ts'
import { archiveEnd } from '../../contexts/normal-header.ts'
import { readExclusion } from './read-exclusion.ts'
import { createSpanReader } from './read-spans.ts'
import { spoolEntries } from './spool.ts'
import { writeNormal } from './write-normal.ts'

export interface NormalTar {
  readonly digest: Digest
  readonly bytes: number
  /** Files and links. */
  readonly files: number
}

/**
 * Writes entries as a normal tar, whose digest follows from names, permissions, contents and link targets alone. The
 * normal form, byte for byte, is what GNU tar writes in the folder of the context with
 *
 *     tar --sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --hard-dereference -c .
 *
 * for what .dockerignore leaves, every folder on the way included, so that a client can know the digest beforehand.
 * @param files paths of two files that do not exist: the first takes what comes, the second is written when that has to
 * be brought into order.
 * @returns the tar, and which of the two files it is. @throws Refusal naming the entry that is not acceptable.
 */
export async function normalise(
  source: AsyncIterable<ContextEntry>,
  limits: ContextLimits,
  files: { readonly spool: string; readonly ordered: string },
): Promise<{ readonly tar: NormalTar; readonly file: string }> {
  await using spool = await createHashedFile(files.spool)
  const { entries, isNormal } = await spoolEntries(source, spool, limits)
  if (isNormal) await spool.write(archiveEnd(spool.size))
  await spool.finish()
  const read = createSpanReader(spool.handle)
  const { excludes } = await readExclusion(entries, read)
  const arranged = arrange(entries, excludes)
  const count = arranged.filter(({ kind }) => kind !== 'directory').length
  const describe = (file: HashedFile) => ({
    digest: file.digest(),
    bytes: file.size,
    files: count,
  })
  if (isNormal && isSame(entries, arranged)) return { tar: describe(spool), file: files.spool }
  await using ordered = await createHashedFile(files.ordered)
  await writeNormal(arranged, read, ordered)
  await ordered.finish()
  return { tar: describe(ordered), file: files.ordered }
}

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((item, at) => item === other[at])
}
