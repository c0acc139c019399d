import { createHash } from 'node:crypto'

/** A folder that the daemon may read during a build. */
export interface Directory {
  readonly files: readonly MemoryFile[]
}

export interface MemoryFile {
  readonly name: string
  readonly bytes: Uint8Array
  /** Nanoseconds. The daemon takes a file of known size and time for unchanged, so the time follows the content. */
  readonly modTime: bigint
}

/** Files of one folder, given as bytes. Sorted by the bytes of their names, as the daemon demands. */
export function memoryDirectory(files: Readonly<Record<string, Uint8Array>>): Directory {
  return {
    files: Object.entries(files)
      .map(([name, bytes]) => ({ name, bytes, modTime: timeOf(bytes) }))
      .toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
  }
}

/** A whole second after 1970 that depends on the content alone. */
function timeOf(bytes: Uint8Array): bigint {
  const seconds = createHash('sha256').update(bytes).digest().readUInt32BE(0)
  return BigInt(seconds) * 1_000_000_000n
}
