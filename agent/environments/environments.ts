import { rm } from 'node:fs/promises'
import type { EnvironmentRef, NodeEnvironments, WantedEnvironments } from '#contract/environment.ts'
import { createTurns } from '../../process/turns.ts'
import { adoptEntry, beginEntry, endEntry, type Entry, type EntryDeps } from './entry.ts'
import { environmentPaths } from './environment-paths.ts'
import { type EnvironmentRecord, readRecords } from './environment-record.ts'

export interface EnvironmentsDeps extends EntryDeps {
  /** Each environment has a folder of its own below it. */
  readonly folder: string
}

/** The environments of this node. */
export interface Environments {
  /** Finds again what an agent before this one has left running, or kept. */
  adopt(): Promise<void>
  /** Does nothing when this start runs already. @throws when it cannot be started, or is no longer wanted. */
  start(ref: EnvironmentRef, signal: AbortSignal): Promise<void>
  /** Ends a start, unless there is a later one. What it has written is kept. */
  stop(ref: EnvironmentRef): Promise<void>
  list(): NodeEnvironments
  /** Whether the container of this very start runs. */
  isRunning(ref: EnvironmentRef): boolean
  /** Ends and removes what is not to be here. */
  apply(wanted: WantedEnvironments): Promise<void>
}

export function createEnvironments(deps: EnvironmentsDeps): Environments {
  const entries = new Map<string, Entry>()
  const entryOf = (id: string, record: EnvironmentRecord): Entry => {
    const known = entries.get(id)
    if (known !== undefined) return known
    const entry = { record, paths: environmentPaths(deps.folder, id), inTurn: createTurns() }
    entries.set(id, entry)
    return entry
  }
  return {
    adopt: async () => {
      for (const record of await readRecords(deps.folder)) {
        adoptEntry(deps, entryOf(record.environment_id, record))
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
    stop: async ({ environmentId, start }) => {
      const entry = entries.get(environmentId)
      await entry?.inTurn(async () => {
        if (entry.record.start <= start) await endEntry(deps, entry)
      })
    },
    isRunning: ({ environmentId, start }) => {
      const record = entries.get(environmentId)?.record
      return record?.running === true && record.start === start
    },
    list: () => ({
      environments: [...entries.values()].map(({ record }) => ({
        id: record.environment_id,
        start: record.start,
        running: record.running,
      })),
    }),
    apply: async ({ environments }) => {
      for (const { id, start, wanted } of environments) {
        const entry = entries.get(id)
        if (entry === undefined || wanted === 'run') continue
        await entry.inTurn(async () => {
          // A later start may have begun since this was asked.
          if (entry.record.start !== start) return
          if (entry.record.running || wanted === 'remove') await endEntry(deps, entry)
          if (wanted === 'keep') return
          await rm(entry.paths.folder, { recursive: true, force: true })
          entries.delete(id)
        })
      }
      await deps.images.keepOnly([...entries.values()].map(({ record }) => record))
    },
  }
}

/** Of which there is nothing on the disk yet. */
function unstarted({ environmentId, start }: EnvironmentRef): EnvironmentRecord {
  const nothing = { project: '', digest: '', stop_signal: '', running: false }
  return { environment_id: environmentId, start, ...nothing }
}
