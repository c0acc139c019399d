import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { keepOnce } from '#contract/keep-once.ts'
import type { Say } from '../../process/say.ts'
import type { ContextCache } from '../contexts/context-cache.ts'
import type { DaemonPool } from '../daemon/daemon-pool.ts'
import { createBallast } from './ballast.ts'
import { readFreeSpace } from './free-space.ts'
import { type DiskShares, marksOf } from './marks.ts'
import { createNodeDisk, type NodeDisk } from './node-disk.ts'
import { type CacheSettings, createProjectCaches } from './project-caches.ts'
import { createSolves } from './solves.ts'

export interface DiskSettings extends CacheSettings {
  readonly shares: DiskShares
  /** Of the contexts. */
  readonly contexts: string
  /** Of the unpacked images. */
  readonly images: string
}

export interface DiskParts {
  readonly daemons: DaemonPool
  readonly contexts: Pick<ContextCache, 'drop'>
  readonly dropImages: (bytes: number) => Promise<void>
  readonly say: Say
}

/** The disk below the folder of the daemons. Nothing is done until `look` is called for the first time. */
export function openDisk(settings: DiskSettings, parts: DiskParts): NodeDisk {
  const { daemons, contexts, say } = parts
  const stop = new AbortController()
  const { folder, shares } = settings
  const caches = createProjectCaches(settings, daemons, say, stop.signal)
  const sweep = keepOnce(async () => caches.sweep())
  const disk = createNodeDisk({
    readFree: async () => {
      await sweep()
      return readFreeSpace(folder)
    },
    marks: (free) => marksOf(shares, free),
    ballast: createBallast(join(folder, '.ballast')),
    caches,
    solves: createSolves(),
    dropContexts: async (bytes) => {
      if (await isSameDisk(folder, settings.contexts)) await contexts.drop(bytes)
    },
    dropImages: async (bytes) => {
      if (await isSameDisk(folder, settings.images)) await parts.dropImages(bytes)
    },
    say,
    signal: stop.signal,
  })
  return {
    ...disk,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await disk[Symbol.asyncDispose]()
    },
  }
}

async function isSameDisk(folder: string, other: string): Promise<boolean> {
  const [one, two] = await Promise.all([stat(folder), stat(other).catch(() => undefined)])
  return one.dev === two?.dev
}
