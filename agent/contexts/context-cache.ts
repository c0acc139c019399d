import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { keepOnce } from '#contract/keep-once.ts'
import { type Arrival, startArrival } from './arrival.ts'
import { download, type FetchContext } from './download.ts'

/** A context on this node. It is not deleted before this is disposed. */
export interface ContextFile extends Disposable {
  /**
   * Yields the normal tar; it may still be coming from the server. The bytes are valid until the next are asked for.
   * @throws ContextUnavailable
   */
  read(): AsyncIterable<Uint8Array>
}

/** Contexts on this node's disk, by digest. */
export interface ContextCache extends AsyncDisposable {
  /** The context; when it is not here it is fetched, once for all who ask for it at the same time. */
  open(digest: string, fetch: FetchContext): Promise<ContextFile>
  /** What it holds, in bytes. */
  size(): number
  /** Removes what was not used for longest, until so many bytes are freed; what is in use stays. */
  drop(bytes: number): Promise<void>
}

export interface CacheOptions {
  readonly folder: string
  /** What was not used for longest goes when there is more than this. Only what is in use may exceed it. */
  readonly maxBytes: number
  readonly now: () => Date
  readonly random: () => number
}

interface Entry {
  readonly path: string
  /** 0 while it is not whole. */
  size: number
  users: number
  arrival?: Arrival
}

/** By path, in the order of their last use. */
type Entries = Map<string, Entry>

const suffix = '.tar'
const chunkSize = 1024 * 1024

export function createContextCache({ folder, maxBytes, now, random }: CacheOptions): ContextCache {
  const stop = new AbortController()
  const entries: Entries = new Map()
  const load = keepOnce(async () => {
    for (const entry of await readFolder(folder)) entries.set(entry.path, entry)
    await shrink(entries, maxBytes)
  })
  const arrive = (entry: Entry, digest: string, fetch: FetchContext): Arrival => {
    const path = `${entry.path}.part`
    const wanted = { digest, path, fetch, random, signal: stop.signal }
    return startArrival(entry.path, path, async (onBytes) => download({ ...wanted, onBytes }))
  }
  const settle = async (entry: Entry, arrival: Arrival) => {
    try {
      entry.size = await arrival.whole
      delete entry.arrival
      await shrink(entries, maxBytes)
    } catch {
      // Told to whoever reads it; the next who asks tries again.
      entries.delete(entry.path)
    }
  }
  return {
    open: async (digest, fetch) => {
      await load()
      const path = join(folder, `${digest.replace(/^sha256:/, '')}${suffix}`)
      const entry = entries.get(path) ?? { path, size: 0, users: 0 }
      if (!entries.has(path)) {
        entry.arrival = arrive(entry, digest, fetch)
        void settle(entry, entry.arrival)
      }
      entries.delete(path)
      entries.set(path, entry)
      entry.users += 1
      return {
        read: () => entry.arrival?.read() ?? createReadStream(path, { highWaterMark: chunkSize }),
        [Symbol.dispose]: () => {
          entry.users -= 1
          if (entry.size > 0) utimes(path, now(), now()).catch(() => undefined)
        },
      }
    },
    size: () => totalOf(entries),
    drop: async (bytes) => {
      await load()
      await shrink(entries, totalOf(entries) - bytes)
    },
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      const arriving = [...entries.values()].flatMap(({ arrival }) => arrival?.whole ?? [])
      await Promise.allSettled(arriving)
    },
  }
}

async function shrink(entries: Entries, maxBytes: number): Promise<void> {
  let total = totalOf(entries)
  for (const { path, size } of [...entries.values()].filter(({ users }) => users === 0)) {
    if (total <= maxBytes) return
    entries.delete(path)
    await rm(path, { force: true })
    total -= size
  }
}

function totalOf(entries: Entries): number {
  return [...entries.values()].reduce((sum, { size }) => sum + size, 0)
}

/** What an earlier agent left, least recently used first. What it did not get whole is removed. */
async function readFolder(folder: string): Promise<readonly Entry[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const found = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name)
      if (name.endsWith(suffix)) {
        const { size, mtimeMs } = await stat(path)
        return { path, size, mtimeMs }
      }
      await rm(path, { force: true })
      return undefined
    }),
  )
  return found
    .filter((file) => file !== undefined)
    .toSorted((a, b) => a.mtimeMs - b.mtimeMs)
    .map(({ path, size }) => ({ path, size, users: 0 }))
}
