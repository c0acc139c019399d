import { mkdir } from 'node:fs/promises'
import type { EnvironmentPlan, EnvironmentRef, EnvironmentUsage } from '#contract/environment.ts'
import type { createSerialQueue } from '../../process/serial-queue.ts'
import { relayNames } from '../network/open-network.ts'
import { removeContainer, startContainer } from './container.ts'
import type { EnvironmentControl } from './environment-control.ts'
import type { ImageStore } from './image-store.ts'
import type { EnvironmentPaths } from './environment-paths.ts'
import type { Held } from './hold-still.ts'
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
  readonly inTurn: ReturnType<typeof createSerialQueue>
  /** What has been measured and was not told yet. */
  usage?: EnvironmentUsage | undefined
  /** When its files were measured last, as `performance.now` has it. */
  filesMeasuredAt?: number
  /** The same of its volumes, and after which of its starts they were measured once more. */
  volumesMeasuredAt?: number
  volumesMeasuredAfter?: number
  /** What it had written by then, and which start had ended when nothing could write any more. */
  writtenBytes?: number
  restMeasured?: number
  /** Ends the wait for the end of its program. */
  watch?: AbortController
  /** Leads its questions for names to this node's resolver, where only this agent reaches that. */
  names?: AsyncDisposable
  /** Ends what is done with its files meanwhile: whoever wants it to end need not wait for that. */
  using?: AbortController
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
    const beforeLaunch = async () => {
      entry.names = await relayNames(container.network, networkOf(container, entry))
      await note(entry, { running: true })
    }
    await startContainer(container, plan, entry.paths, { image, signal, beforeLaunch })
    await controlPlane.tellEnvironment(ref, { state: 'running' })
    entry.watch = watchEnd(deps, entry.record, entry.paths)
  } catch (error) {
    await endEntry(deps, entry)
    throw error
  }
}

/** Takes one over that an agent before this one has started, and may have held when it was killed. */
export async function adoptEntry(deps: EntryDeps, entry: Entry): Promise<void> {
  if (!entry.record.running) return
  const { runc, network, say } = deps.container
  const { environment_id: id } = entry.record
  const status = await runc.status(id)
  if (status === 'paused') await runc.resume(id)
  try {
    if (status !== undefined)
      entry.names = await relayNames(network, networkOf(deps.container, entry))
  } catch (error) {
    say(`${id} resolves no names: ${String(error)}`)
  }
  entry.watch = watchEnd(deps, entry.record, entry.paths)
}

/** Ends its container; what it has written stays. */
export async function endEntry({ container }: EntryDeps, entry: Entry): Promise<void> {
  const { record, paths } = entry
  entry.watch?.abort()
  delete entry.watch
  await removeContainer(container, record.environment_id, paths, record.stop_signal)
  await entry.names?.[Symbol.asyncDispose]()
  delete entry.names
  await note(entry, { running: false })
}

/** The files of a start do not go on to another, and are not another's. */
export class StartGone extends Error {
  override readonly name = 'StartGone'
}

/** How the files of an environment are used. */
export interface FilesInUse {
  readonly paths: EnvironmentPaths
  /** Folder with the files of its image. */
  readonly image: string
  /** Lets its programs, if any run, stand still. */
  readonly stand: () => Promise<Held>
  /** Aborts with a `StartGone` when the environment is to end. */
  readonly signal: AbortSignal
}

/** Uses what a start has written, before anything else is done with it. @throws StartGone when there is no such start. */
export async function useEntry<T>(
  { container: { runc }, images }: EntryDeps,
  entry: Entry,
  { environmentId: id, start }: EnvironmentRef,
  use: (files: FilesInUse) => Promise<T>,
): Promise<T> {
  if (entry.record.start !== start || entry.record.project === '') {
    throw new StartGone('the environment was started again, or is not on this node any more')
  }
  const using = new AbortController()
  entry.using = using
  try {
    return await use({
      paths: entry.paths,
      image: images.pathOf(entry.record),
      signal: using.signal,
      stand: async () => ((await runc.status(id)) === 'running' ? runc.hold(id) : notRunning),
    })
  } finally {
    delete entry.using
  }
}

/** Nothing runs that could write. */
const notRunning: Held = { release: async () => 0 }

function networkOf({ scope }: EntryDeps['container'], { record }: Entry) {
  return { scope, project: record.environment_id }
}

async function note(entry: Entry, change: Partial<EnvironmentRecord>): Promise<void> {
  entry.record = { ...entry.record, ...change }
  await writeRecord(entry.paths, entry.record)
}

function recordOf(plan: EnvironmentPlan): EnvironmentRecord {
  const { environment_id, start, project, digest, stop_signal, project_id, volumes } = plan
  const writes_in = volumes.flatMap(({ volume, read_only }) => (read_only ? [] : [volume]))
  return {
    environment_id,
    start,
    project,
    digest,
    stop_signal,
    project_id,
    writes_in,
    running: false,
  }
}
