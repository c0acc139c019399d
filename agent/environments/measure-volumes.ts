import type { Entry, EntryDeps } from './entry.ts'

/** Volumes may have more files than all environments together. */
const everyMs = 5 * 60_000

/** Measures what is in the volumes that an environment can write in, while it runs, and once more when it has ended. */
export async function measureVolumes(
  { container: { volumes } }: Pick<EntryDeps, 'container'>,
  entry: Entry,
  signal: AbortSignal,
): Promise<void> {
  const { running, start, writes_in: names, project_id: project } = entry.record
  const now = performance.now()
  const isDue = running
    ? now - (entry.volumesMeasuredAt ?? Number.NEGATIVE_INFINITY) > everyMs
    : entry.volumesMeasuredAfter !== start
  if (names.length === 0 || !isDue) return
  const measured = []
  for (const name of names) {
    const bytes = await volumes.measure(name, project, signal)
    if (bytes !== undefined) measured.push({ name, bytes })
  }
  signal.throwIfAborted()
  entry.volumesMeasuredAt = now
  // It may have been started anew, or have ended, meanwhile.
  if (entry.record.start !== start) return
  if (!running) entry.volumesMeasuredAfter = start
  if (measured.length > 0) entry.usage = { ...entry.usage, volumes: measured }
}
