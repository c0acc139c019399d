import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { AttemptRef } from '#contract/build.ts'
import { isErrno } from '#contract/errno.ts'
import { type Block, createBlockCache } from './block-cache.ts'
import type { LogSizes } from './log-file.ts'
import { logPath, syncFolder } from './log-paths.ts'
import { createOpenLogs } from './open-logs.ts'
import { packAgain } from './pack-again.ts'

const cacheBytes = 32 * 1024 * 1024

export interface NewLines {
  /** Number that the sender gives to the first line. */
  readonly start: number
  readonly lines: number
  readonly bytes: Buffer
}

/**
 * The logs of all attempts, a file each below the data directory, which one server owns: `….live` while the attempt may
 * still write, `….log` once it is sealed.
 */
export interface LogStore extends AsyncDisposable {
  /**
   * Adds lines when they are the ones that come next; they can be read at once. @returns the number that is expected
   * next, when every line before it is on the disk; `undefined` when the log is sealed.
   */
  append(ref: AttemptRef, added: NewLines): Promise<number | undefined>
  /** Number of the line that the attempt has to send next. */
  readNext(ref: AttemptRef): Promise<number>
  /** The block with this line; `undefined` when the log does not go that far. */
  read(ref: AttemptRef, line: number): Promise<Block | undefined>
  /** Takes no more lines and packs the log anew. Whoever reads it meanwhile loses nothing. May be repeated. */
  seal(ref: AttemptRef): Promise<LogSizes>
  readonly delete: (ref: AttemptRef) => Promise<void>
  /** Calls back whenever a log of the build has grown. */
  onGrowth(buildId: string, heard: () => void): Disposable
}

export function createLogStore(dataDir: string): LogStore {
  const open = createOpenLogs(createBlockCache(cacheBytes))
  const growth = createGrowth()
  const sealing = new Set<string>()
  const pathOf = (ref: AttemptRef) => logPath(dataDir, ref)
  const read: LogStore['read'] = async (ref, line) =>
    (await open.find(pathOf(ref), false))?.file.read(line)
  return {
    append: async (ref, { start, lines, bytes }) => {
      const path = pathOf(ref)
      const log = await open.find(path, true)
      if (log === undefined || log.sealed || sealing.has(path)) return undefined
      try {
        const isNext = start === log.file.sizes().lines
        const written = isNext ? log.file.append(bytes, lines) : log.file.settle()
        const next = log.file.sizes().lines
        if (isNext) growth.tell(ref.buildId)
        await written
        return next
      } catch (error) {
        await open.close(path)
        throw error
      }
    },
    readNext: async (ref) => {
      const log = await open.find(pathOf(ref), false)
      await log?.file.settle()
      return log?.file.sizes().lines ?? 0
    },
    // A file that was closed in the meantime was sealed, so there is another with the same lines.
    read: async (ref, line) =>
      read(ref, line).catch((error: unknown) => {
        if (!isErrno(error, 'EBADF')) throw error
        return read(ref, line)
      }),
    seal: async (ref) => {
      const path = pathOf(ref)
      sealing.add(path)
      try {
        const log = await open.find(path, false)
        if (log !== undefined && !log.sealed) {
          await packAgain(log.file, `${path}.new`)
          await rename(`${path}.new`, `${path}.log`)
          await syncFolder(dirname(path))
          await open.close(path)
        }
        const sealed = await open.find(path, false)
        return sealed?.file.sizes() ?? { lines: 0, rawBytes: 0, storedBytes: 0 }
      } finally {
        sealing.delete(path)
      }
    },
    delete: async (ref) => {
      const path = pathOf(ref)
      await open.close(path)
      for (const end of ['.live', '.new', '.log']) await rm(`${path}${end}`, { force: true })
    },
    onGrowth: growth.listen,
    [Symbol.asyncDispose]: async () => open.closeAll(),
  }
}

function createGrowth() {
  const listeners = new Map<string, Set<() => void>>()
  return {
    tell: (buildId: string) => {
      for (const heard of listeners.get(buildId) ?? []) heard()
    },
    listen: (buildId: string, heard: () => void): Disposable => {
      const all = listeners.get(buildId) ?? new Set()
      listeners.set(buildId, all.add(heard))
      return {
        [Symbol.dispose]: () => {
          all.delete(heard)
          if (all.size === 0) listeners.delete(buildId)
        },
      }
    },
  }
}
