import { lstat } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import type { NodeEnvironments } from '#contract/environment.ts'
import type { Entry, EntryDeps } from './entry.ts'
import { environmentCgroup } from './environment-paths.ts'
import type { ImageStore } from './image-store.ts'
import { measureLog } from './log-file.ts'
import { readCgroupUsage, readDiskUse } from './read-usage.ts'

/** To count files takes its time where there are many. */
const filesEveryMs = 60_000

/** Measures one after the other. One that cannot be measured keeps no other one from it: they are what limits are held by. */
export async function measureEach<T>(
  entries: Iterable<T>,
  measure: (entry: T) => Promise<void>,
  { log, signal }: Pick<EntryDeps, 'log'> & { readonly signal: AbortSignal },
): Promise<void> {
  for (const entry of entries) {
    await measure(entry).catch((err: unknown) => {
      signal.throwIfAborted()
      log.warn({ err }, 'usage of an environment')
    })
  }
}

/** Measures what an environment uses, while it runs, and once more what it has written when it has ended. */
export async function measureEntry(
  deps: Pick<EntryDeps, 'container'>,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  if (entry.record.running) return measureRunning(deps, entry, signal)
  const { start, project } = entry.record
  if (project === '' || entry.restMeasured === start) return
  const written = await readWritten(entry, signal)
  // It may have been started anew meanwhile.
  if (entry.record.start !== start || entry.record.running) return
  entry.writtenBytes = written
  entry.restMeasured = start
}

/** Its files, none where its image could not be fetched, and what it has printed. */
async function readWritten({ paths }: Entry, signal: AbortSignal): Promise<number> {
  const isThere = await lstat(paths.upper).then(
    () => true,
    (error: unknown) => {
      if (isErrno(error, 'ENOENT')) return false
      throw error
    },
  )
  const files = isThere ? await readDiskUse(paths.upper, signal) : 0
  return files + (await measureLog(paths.log))
}

async function measureRunning(
  { container }: Pick<EntryDeps, 'container'>,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  const { environment_id: id, start } = entry.record
  const used = await readCgroupUsage(environmentCgroup(container.scope, id))
  const now = performance.now()
  const isDue = now - (entry.filesMeasuredAt ?? Number.NEGATIVE_INFINITY) > filesEveryMs
  const written = isDue ? await readWritten(entry, signal) : undefined
  if (isDue) entry.filesMeasuredAt = now
  // It may have been started anew meanwhile.
  if (entry.record.start !== start || !entry.record.running) return
  if (written !== undefined) entry.writtenBytes = written
  entry.usage = {
    ...entry.usage,
    ...used,
    ...(written !== undefined && { written_bytes: written }),
  }
}

/** What environments take of the disk of this node. */
export async function measureDisk(
  images: Pick<ImageStore, 'list' | 'pathOf'>,
  entries: readonly Entry[],
): Promise<NonNullable<NodeEnvironments['disk']>> {
  const unpacked = await images.list()
  const used = new Set(entries.map(({ record }) => images.pathOf(record)))
  return {
    written_bytes: sum(entries.map(({ writtenBytes = 0 }) => writtenBytes)),
    image_bytes: sum(unpacked.map(({ bytes }) => bytes)),
    unused_image_bytes: sum(
      unpacked.filter(({ path }) => !used.has(path)).map(({ bytes }) => bytes),
    ),
  }
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, one) => total + one, 0)
}
