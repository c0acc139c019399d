import { rm } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import type { BlockCache } from './block-cache.ts'
import { type LogFile, openLogFile } from './log-file.ts'
import { createFile, exists } from './log-paths.ts'

/** Files that are kept open; the one that was not used for longest is closed first. */
const maxOpen = 256

export interface OpenLog {
  readonly file: LogFile
  /** A sealed log is only read. */
  readonly sealed: boolean
}

/** The files that are open, each once: two views of one file would not know of each other's lines. */
export interface OpenLogs {
  /** Opens the log at a path without its end. @returns `undefined` when there is none and none is to be made. */
  find(path: string, make: boolean): Promise<OpenLog | undefined>
  /** Closes it. The next `find` waits for that and reads it anew. */
  close(path: string): Promise<void>
  closeAll(): Promise<void>
}

export function createOpenLogs(cache: BlockCache): OpenLogs {
  const logs = new Map<string, Promise<OpenLog | undefined>>()
  const closing = new Map<string, Promise<void>>()

  const close = async (path: string) => {
    const known = logs.get(path)
    if (known === undefined) return closing.get(path)
    logs.delete(path)
    const closed = known.then(
      async (log) => log?.file.close(),
      () => undefined,
    )
    closing.set(path, closed)
    await closed
    if (closing.get(path) === closed) closing.delete(path)
  }
  const openAt = async (path: string): Promise<OpenLog | undefined> => {
    await closing.get(path)
    if (await exists(`${path}.log`)) {
      await rm(`${path}.live`, { force: true })
      return { file: await openLogFile(`${path}.log`, cache, { writable: false }), sealed: true }
    }
    if (!(await exists(`${path}.live`))) return undefined
    return { file: await openLogFile(`${path}.live`, cache, { writable: true }), sealed: false }
  }
  const find = async (path: string): Promise<OpenLog | undefined> => {
    const opening = logs.get(path) ?? openAt(path)
    // The newest use goes to the end of the map.
    logs.delete(path)
    logs.set(path, opening)
    const log = await opening.catch((error: unknown) => {
      if (logs.get(path) === opening) logs.delete(path)
      throw error
    })
    if (log === undefined && logs.get(path) === opening) logs.delete(path)
    const [oldest] = logs.keys()
    if (logs.size > maxOpen && oldest !== undefined) void close(oldest)
    return log
  }
  return {
    find: async (path, make) => {
      const log = await find(path)
      if (log !== undefined || !make) return log
      await createFile(`${path}.live`).catch((error: unknown) => {
        if (!isErrno(error, 'EEXIST')) throw error
      })
      return find(path)
    },
    close,
    closeAll: async () => {
      await Promise.all([...logs.keys()].map(close))
    },
  }
}
