import { createHash } from 'node:crypto'
import { parseDigest, type Digest } from '#contract/image.ts'
import type { Exclusion } from '../../contexts/exclusion.ts'
import type { NormalEntry } from '../../contexts/normal-header.ts'
import { packEntries } from './pack-entries.ts'
import { walkFolder } from './walk-folder.ts'

/** A context as it lies in a folder. */
export interface MeasuredContext {
  readonly digest: Digest
  /** Of the tar. */
  readonly bytes: number
  /** Files and links. */
  readonly files: number
  readonly entries: readonly NormalEntry[]
}

/** Reads a folder whole, to know by what digest the server would keep it. @throws CommandError */
export async function measureContext(root: string, exclusion: Exclusion): Promise<MeasuredContext> {
  const entries: NormalEntry[] = []
  const noted = async function* note() {
    for await (const entry of walkFolder(root, exclusion)) {
      entries.push(entry)
      yield entry
    }
  }
  const hash = createHash('sha256')
  let bytes = 0
  for await (const piece of packEntries(root, noted())) {
    hash.update(piece)
    bytes += piece.length
  }
  return {
    digest: parseDigest(`sha256:${hash.digest('hex')}`),
    bytes,
    files: entries.filter(({ kind }) => kind !== 'directory').length,
    entries,
  }
}
