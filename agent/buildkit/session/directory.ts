import { createHash } from 'node:crypto'
import { type BytePath, toBytePath } from './byte-path.ts'
import { createFilter, type FilterOptions } from './filter.ts'

/** What the daemon is told of a file, folder or link. */
export interface Entry {
  readonly path: BytePath
  /** Go's os.FileMode. */
  readonly mode: number
  /** Bytes; 0 for a folder and for the second name of a file. */
  readonly size: bigint
  /** Nanoseconds since 1970. The daemon takes a file of known size and time for unchanged. */
  readonly modTime: bigint
  /** Where a symbolic link points; for the second name of a file the first one. */
  readonly linkname: BytePath
  readonly device?: { readonly major: bigint; readonly minor: bigint }
}

/** Something that the daemon may read as a directory during a build. */
export interface Directory {
  /**
   * Everything that the filter lets through, in groups: a folder directly before what it holds, and what a folder holds
   * ordered by the bytes of its names. @throws Error that names what could not be read.
   */
  list(filter: FilterOptions): AsyncIterable<readonly Entry[]>
  /** The bytes of a file, whatever they are by now. @throws Error that names what could not be read. */
  read(path: BytePath): AsyncIterable<Uint8Array>
}

const fileMode = 0o644

/** A directory without folders of which the files are given as bytes. */
export function memoryDirectory(files: Readonly<Record<string, Uint8Array>>): Directory {
  const byPath = new Map(
    Object.entries(files).map(([name, bytes]) => [toBytePath(name), bytes] as const),
  )
  const entries = [...byPath]
    .map(([path, bytes]) => entryOf(path, bytes))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  return {
    async *list(options) {
      const filter = createFilter(options)
      yield entries.filter(({ path }) => filter.decide(path, undefined).take)
    },
    async *read(path) {
      const bytes = byPath.get(path)
      if (bytes !== undefined) yield bytes
    },
  }
}

function entryOf(path: BytePath, bytes: Uint8Array): Entry {
  const size = BigInt(bytes.length)
  return { path, mode: fileMode, size, modTime: timeOf(bytes), linkname: '' }
}

/** A whole second after 1970 that depends on the content alone. */
function timeOf(bytes: Uint8Array): bigint {
  const seconds = createHash('sha256').update(bytes).digest().readUInt32BE(0)
  return BigInt(seconds) * 1_000_000_000n
}
