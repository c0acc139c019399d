import { checkEntry } from '../../contexts/check-entry.ts'
import type { ContextEntry, EntryKind } from '../../contexts/entry.ts'
import type { ContextLimits } from './context-limits.ts'
import type { HashedFile } from './hashed-file.ts'
import { normalHeader, type NormalEntry, padding } from '../../contexts/normal-header.ts'
import { comparePaths } from '../../contexts/path-order.ts'
import { refuseContext, refuseEntry, tooLarge } from './refuse.ts'

/** An entry whose bytes lie in the spool. */
export interface SpooledEntry extends NormalEntry {
  /** Where they begin. */
  readonly at: number
}

export interface Spooled {
  /** In the order in which they came. */
  readonly entries: readonly SpooledEntry[]
  /** Whether the spool holds a normal tar of them, but for its end. */
  readonly isNormal: boolean
}

/**
 * Writes entries down as they come. As long as they come in the order of a normal tar, their headers are written too, so
 * that such an upload is not copied again. @throws Refusal naming the entry that is not acceptable.
 */
export async function spoolEntries(
  source: AsyncIterable<ContextEntry>,
  spool: HashedFile,
  limits: ContextLimits,
): Promise<Spooled> {
  const entries: SpooledEntry[] = []
  const links = createLinkTargets(entries)
  let total = 0
  let isNormal = true
  for await (const entry of source) {
    const problem = checkEntry(entry)
    if (problem !== undefined) throw refuseEntry(entry.path, problem)
    if (entries.length === limits.entries) {
      throw refuseContext(`more than ${limits.entries} files, folders and links`)
    }
    if (isNormal && !follows(entries.at(-1), entry)) {
      isNormal = false
      spool.forget()
    }
    const { kind } = entry
    const spooled =
      kind === 'hardlink' ? links.copy(entry) : await write(kind, entry, spool, isNormal)
    total += spooled.size
    if (total > limits.bytes) throw tooLarge(limits.bytes)
    entries.push(spooled)
  }
  return { entries, isNormal }
}

function follows(before: SpooledEntry | undefined, { path, kind, size }: ContextEntry): boolean {
  if (kind === 'hardlink' || size === undefined) return false
  return before === undefined ? path === '' : comparePaths(before.path, path) < 0
}

async function write(
  kind: EntryKind,
  { path, mode, target, size, body }: ContextEntry,
  spool: HashedFile,
  isNormal: boolean,
): Promise<SpooledEntry> {
  if (isNormal) await spool.write(normalHeader({ path, kind, mode, target, size: size ?? 0 }))
  const at = spool.size
  for await (const bytes of body) await spool.write(bytes)
  const written = spool.size - at
  if (isNormal) await spool.write(padding(written))
  return { path, kind, mode, target, size: written, at }
}

/** A hard link becomes a file with the bytes that its target had at that point. */
function createLinkTargets(entries: readonly SpooledEntry[]) {
  const known = new Map<string, SpooledEntry>()
  let seen = 0
  return {
    copy: ({ path, target }: ContextEntry): SpooledEntry => {
      for (; seen < entries.length; seen += 1) {
        const entry = entries[seen]
        if (entry !== undefined) known.set(entry.path, entry)
      }
      const found = known.get(target)
      if (found?.kind === 'file') return { ...found, path }
      throw refuseEntry(
        path,
        `a hard link to ${JSON.stringify(target)}, which is no file before it`,
      )
    },
  }
}
