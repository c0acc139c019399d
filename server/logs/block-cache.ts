/** Consecutive lines as `contract/log-block.ts` writes them; `start` is the number of the first within the attempt. */
export interface Block {
  readonly start: number
  readonly lines: number
  readonly bytes: Buffer
}

/** Unpacked blocks that were read last, so that many readers of one log do not each unpack it. */
export interface BlockCache {
  /** @param key stands for the block: the same object each time. */
  read(key: object, load: () => Promise<Block>): Promise<Block>
}

interface Entry {
  readonly block: Promise<Block>
  bytes: number
}

/** Keeps at most about `maxBytes`; what was not read for longest goes first. */
export function createBlockCache(maxBytes: number): BlockCache {
  const entries = new Map<object, Entry>()
  let total = 0
  const drop = (key: object, entry: Entry) => {
    if (entries.get(key) !== entry) return
    entries.delete(key)
    total -= entry.bytes
  }
  const count = (key: object, entry: Entry, bytes: number) => {
    if (entries.get(key) !== entry) return
    entry.bytes = bytes
    total += bytes
    for (const [oldest, old] of entries) {
      if (total <= maxBytes || old === entry) break
      drop(oldest, old)
    }
  }
  return {
    read: async (key, load) => {
      const known = entries.get(key)
      if (known !== undefined) {
        entries.delete(key)
        entries.set(key, known)
        return known.block
      }
      const entry: Entry = { block: load(), bytes: 0 }
      entries.set(key, entry)
      entry.block.then(
        ({ bytes }) => count(key, entry, bytes.length),
        () => drop(key, entry),
      )
      return entry.block
    },
  }
}
