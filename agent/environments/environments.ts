import { rm } from 'node:fs/promises'
import type {
  EnvironmentRef,
  NodeEnvironments,
  WantedEnvironments,
  WantedImage,
} from '#contract/environment.ts'
import { createSerialQueue } from '../../process/serial-queue.ts'
import {
  adoptEntry,
  beginEntry,
  endEntry,
  type Entry,
  type EntryDeps,
  type FilesInUse,
  StartGone,
  useEntry,
} from './entry.ts'
import type { PullAhead } from './pull-ahead.ts'
import { measureDisk, measureEach, measureEntry } from './measure-entry.ts'
import { measureVolumes } from './measure-volumes.ts'
import { type EnvironmentPaths, environmentPaths } from './environment-paths.ts'
import { type EnvironmentRecord, readRecords } from './environment-record.ts'

export interface EnvironmentsDeps extends EntryDeps {
  /** Each environment has a folder of its own below it. */
  readonly folder: string
  readonly aheadFor: (nodeId: string) => PullAhead
}

/** Where the files of an environment lie. */
export interface EnvironmentFiles {
  readonly paths: EnvironmentPaths
  /** Folder with the files of its image, as long as it is needed. */
  readonly image: string
}

/** The environments of this node. Disposing leaves them running, and watches them no longer. */
export interface Environments extends Disposable {
  /** Finds again what an agent before this one has left running, or kept. */
  adopt(): Promise<void>
  /** Does nothing when this start runs already. @throws when it cannot be started, or is no longer wanted. */
  start(ref: EnvironmentRef, signal: AbortSignal): Promise<void>
  /** Ends a start, unless there is a later one. What it has written is kept. */
  stop(ref: EnvironmentRef): Promise<void>
  /**
   * Uses what a start has written, whether it runs or rests; only one does at a time.
   * @throws StartGone when there is no such start here.
   */
  use<T>(ref: EnvironmentRef, use: (files: FilesInUse) => Promise<T>): Promise<T>
  /** Where the files of this very start lie, which others may use meanwhile; `undefined` when they are not here. */
  filesOf(ref: EnvironmentRef): EnvironmentFiles | undefined
  /** Measures what those that run use; `list` tells it once. */
  measure(signal: AbortSignal): Promise<void>
  /** The same of what is in volumes that they can write in, which takes its time. */
  measureVolumes(signal: AbortSignal): Promise<void>
  list(): NodeEnvironments
  /** Has an image ready before anybody starts from it, and no other one; `list` tells what becomes of it. */
  wantImage(nodeId: string, image: WantedImage | undefined): void
  /** Removes images that no environment here is made from, the one that was not used for longest first. */
  dropImages(bytes: number): Promise<void>
  /** Whether the container of this very start runs. */
  isRunning(ref: EnvironmentRef): boolean
  /** Ends and removes what is not to be here. */
  apply(wanted: WantedEnvironments): Promise<void>
}

export function createEnvironments(deps: EnvironmentsDeps): Environments {
  const entries = new Map<string, Entry>()
  const used = () => [...entries.values()].map(({ record }) => record)
  const { disk, ...measures } = createMeasures(deps, entries)
  let ahead: PullAhead | undefined
  const entryOf = (id: string, record: EnvironmentRecord): Entry => {
    const known = entries.get(id)
    if (known !== undefined) return known
    const entry = { record, paths: environmentPaths(deps.folder, id), inTurn: createSerialQueue() }
    entries.set(id, entry)
    return entry
  }
  return {
    adopt: async () => {
      for (const record of await readRecords(deps.folder)) {
        await adoptEntry(deps, entryOf(record.environment_id, record))
      }
    },
    start: async (ref, signal) => {
      const entry = entryOf(ref.environmentId, unstarted(ref))
      try {
        await entry.inTurn(async () => beginEntry(deps, entry, ref, signal))
      } finally {
        if (entry.record.project === '') entries.delete(ref.environmentId)
      }
    },
    stop: async (ref) => stopEntry(deps, entries.get(ref.environmentId), ref),
    use: async (ref, use) => {
      const entry = entries.get(ref.environmentId)
      if (entry === undefined) throw new StartGone('the environment is not on this node')
      return entry.inTurn(async () => useEntry(deps, entry, ref, use))
    },
    filesOf: (ref) => {
      const entry = findStart(entries, ref)
      return entry && { paths: entry.paths, image: deps.images.pathOf(entry.record) }
    },
    isRunning: (ref) => findStart(entries, ref)?.record.running === true,
    ...measures,
    list: () => ({
      environments: [...entries.values()].map(tellEntry),
      ...disk(),
      ...(ahead?.told() && { image: ahead.told() }),
    }),
    wantImage: (nodeId, image) => (ahead ??= deps.aheadFor(nodeId)).want(image),
    dropImages: async (bytes) => deps.images.drop(bytes, used),
    apply: async (wanted) => {
      await applyWanted(deps, entries, wanted)
      await deps.images.tidy(used())
    },
    [Symbol.dispose]: () => {
      for (const { watch, names } of entries.values()) {
        watch?.abort()
        void names?.[Symbol.asyncDispose]()
      }
      ahead?.[Symbol.dispose]()
    },
  }
}

/** What measures them, and what of the disk they took the last time. */
function createMeasures(deps: EnvironmentsDeps, entries: ReadonlyMap<string, Entry>) {
  let disk: NodeEnvironments['disk']
  return {
    disk: () => disk && { disk },
    measure: async (signal: AbortSignal) => {
      const one = async (entry: Entry) => measureEntry(deps, entry, signal)
      await measureEach(entries.values(), one, { ...deps, signal })
      disk = await measureDisk(deps.images, [...entries.values()])
    },
    measureVolumes: async (signal: AbortSignal) => {
      const one = async (entry: Entry) => measureVolumes(deps, entry, signal)
      await measureEach(entries.values(), one, { ...deps, signal })
    },
  }
}

async function stopEntry(
  deps: EnvironmentsDeps,
  entry: Entry | undefined,
  { start }: EnvironmentRef,
): Promise<void> {
  if (entry !== undefined && entry.record.start <= start) interrupt(entry)
  await entry?.inTurn(async () => {
    if (entry.record.start <= start) await endEntry(deps, entry)
  })
}

/** Its entry, when this very start is here. */
function findStart(
  entries: ReadonlyMap<string, Entry>,
  { environmentId, start }: EnvironmentRef,
): Entry | undefined {
  const entry = entries.get(environmentId)
  return entry?.record.start === start ? entry : undefined
}

async function applyWanted(
  deps: EnvironmentsDeps,
  entries: Map<string, Entry>,
  { environments }: WantedEnvironments,
): Promise<void> {
  for (const { id, start, wanted } of environments) {
    const entry = entries.get(id)
    if (entry === undefined || wanted === 'run') continue
    // There is nothing to do, and no need to wait for whoever saves it. One that is being started is looked at again.
    if (entry.record.start !== start || (wanted === 'keep' && !entry.record.running)) continue
    interrupt(entry)
    await entry.inTurn(async () => {
      // A later start may have begun since this was asked.
      if (entry.record.start !== start) return
      if (entry.record.running || wanted === 'remove') await endEntry(deps, entry)
      if (wanted === 'keep') return
      await rm(entry.paths.folder, { recursive: true, force: true })
      entries.delete(id)
      entry.record = unstarted({ environmentId: id, start })
    })
  }
}

function tellEntry(entry: Entry): NodeEnvironments['environments'][number] {
  const { record, usage } = entry
  entry.usage = undefined
  const { environment_id: id, start, running } = record
  return { id, start, running, ...(usage !== undefined && { usage }) }
}

/** What is to end need not wait for whoever uses its files. */
function interrupt({ using }: Entry): void {
  using?.abort(new StartGone('the environment was stopped'))
}

/** Of which there is nothing on the disk yet. */
function unstarted({ environmentId, start }: EnvironmentRef): EnvironmentRecord {
  const nothing = {
    project: '',
    digest: '',
    stop_signal: '',
    project_id: 0,
    writes_in: [],
    running: false,
  }
  return { environment_id: environmentId, start, ...nothing }
}
