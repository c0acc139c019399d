import { mkdir } from 'node:fs/promises'
import type { EnvironmentPlan, EnvironmentRef } from '#contract/environment.ts'
import type { createTurns } from '../../process/turns.ts'
import { removeContainer, startContainer } from './container.ts'
import type { EnvironmentControl } from './environment-control.ts'
import type { ImageStore } from './image-store.ts'
import type { EnvironmentPaths } from './environment-paths.ts'
import { type EnvironmentRecord, writeRecord } from './environment-record.ts'
import { watchEnd, type WatchDeps } from './watch-end.ts'

export interface EntryDeps extends WatchDeps {
  readonly controlPlane: Pick<EnvironmentControl, 'beginEnvironment' | 'tellEnvironment'>
  readonly images: ImageStore
  readonly pull: (plan: EnvironmentPlan, folder: string, signal: AbortSignal) => Promise<void>
}

/** One environment of this node. */
export interface Entry {
  record: EnvironmentRecord
  readonly paths: EnvironmentPaths
  /** What is done to it is done one after the other. */
  readonly inTurn: ReturnType<typeof createTurns>
  /** Ends the wait for the end of its program. */
  watch?: AbortController
}

/** Starts it, unless this very start runs already. */
export async function beginEntry(
  deps: EntryDeps,
  entry: Entry,
  ref: EnvironmentRef,
  signal: AbortSignal,
): Promise<void> {
  const { controlPlane, images, container } = deps
  if (entry.record.running && entry.record.start === ref.start) return
  const plan = await controlPlane.beginEnvironment(ref)
  await mkdir(entry.paths.folder, { recursive: true, mode: 0o700 })
  await endEntry(deps, entry)
  await note(entry, recordOf(plan))
  try {
    const image = await images.open(plan, async (folder) => deps.pull(plan, folder, signal))
    await controlPlane.tellEnvironment(ref, { state: 'starting' })
    const beforeLaunch = async () => note(entry, { running: true })
    await startContainer(container, plan, entry.paths, { image, signal, beforeLaunch })
    await controlPlane.tellEnvironment(ref, { state: 'running' })
    entry.watch = watchEnd(deps, entry.record, entry.paths)
  } catch (error) {
    await endEntry(deps, entry)
    throw error
  }
}

/** Takes one over that an agent before this one has started. */
export function adoptEntry(deps: EntryDeps, entry: Entry): void {
  if (entry.record.running) entry.watch = watchEnd(deps, entry.record, entry.paths)
}

/** Ends its container; what it has written stays. */
export async function endEntry({ container }: EntryDeps, entry: Entry): Promise<void> {
  const { record, paths } = entry
  entry.watch?.abort()
  delete entry.watch
  await removeContainer(container, record.environment_id, paths, record.stop_signal)
  await note(entry, { running: false })
}

async function note(entry: Entry, change: Partial<EnvironmentRecord>): Promise<void> {
  entry.record = { ...entry.record, ...change }
  await writeRecord(entry.paths, entry.record)
}

function recordOf(plan: EnvironmentPlan): EnvironmentRecord {
  const { environment_id, start, project, digest, stop_signal } = plan
  return { environment_id, start, project, digest, stop_signal, running: false }
}
