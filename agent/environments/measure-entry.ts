import type { Entry, EntryDeps } from './entry.ts'
import { environmentCgroup } from './environment-paths.ts'
import { readCgroupUsage, readDiskUse } from './read-usage.ts'

/** To count files takes its time where there are many. */
const filesEveryMs = 60_000

/** Measures what an environment uses, while it runs. */
export async function measureEntry(
  { container }: Pick<EntryDeps, 'container'>,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  const { environment_id: id, running, start } = entry.record
  if (!running) return
  const used = await readCgroupUsage(environmentCgroup(container.scope, id))
  const now = performance.now()
  const isDue = now - (entry.filesMeasuredAt ?? Number.NEGATIVE_INFINITY) > filesEveryMs
  const written = isDue ? await readDiskUse(entry.paths.upper, signal) : undefined
  if (isDue) entry.filesMeasuredAt = now
  // It may have been started anew meanwhile.
  if (entry.record.start !== start || !entry.record.running) return
  entry.usage = {
    ...entry.usage,
    ...used,
    ...(written !== undefined && { written_bytes: written }),
  }
}
