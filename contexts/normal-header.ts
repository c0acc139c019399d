import type { EntryKind } from './entry.ts'

const blockSize = 512
/** Longer names and targets come in an entry of their own in front. */
const nameLength = 100
const maxOctalSize = 8 ** 11
const typeFlags: Readonly<Record<EntryKind, string>> = { file: '0', symlink: '2', directory: '5' }

/** What a normal tar holds of an entry besides its bytes. */
export interface NormalEntry {
  readonly path: string
  readonly kind: EntryKind
  readonly mode: number
  readonly target: string
  readonly size: number
}

const recordSize = 20 * blockSize
const zeros = Buffer.alloc(recordSize + 2 * blockSize)

/** What ends an archive of `size` bytes: two blocks of zeros, and more of them up to the end of a record. */
export function archiveEnd(size: number): Uint8Array {
  const shortest = 2 * blockSize
  return zeros.subarray(
    0,
    shortest + ((recordSize - ((size + shortest) % recordSize)) % recordSize),
  )
}

/** Zeros after a body of `size` bytes, up to the next block. */
export function padding(size: number): Uint8Array {
  return zeros.subarray(0, (blockSize - (size % blockSize)) % blockSize)
}

/**
 * The blocks in front of an entry's bytes, exactly as GNU tar writes them in its format `gnu` with
 * `--mtime=@0 --owner=0 --group=0 --numeric-owner` for names that begin with "./".
 */
export function normalHeader({ path, kind, mode, target, size }: NormalEntry): Buffer {
  const name = kind === 'directory' ? `./${path}/`.replace(/\/\/$/, '/') : `./${path}`
  const header = block(name, mode, size, typeFlags[kind], target)
  const long = [...longField(target, 'K'), ...longField(name, 'L')]
  return long.length === 0 ? header : Buffer.concat([...long, header])
}

function longField(value: string, flag: string): readonly Uint8Array[] {
  const bytes = Buffer.from(`${value}\0`)
  if (bytes.length - 1 <= nameLength) return []
  return [block('././@LongLink', 0o644, bytes.length, flag, ''), bytes, padding(bytes.length)]
}

function block(name: string, mode: number, size: number, flag: string, target: string): Buffer {
  const header = Buffer.alloc(blockSize)
  header.set(Buffer.from(name).subarray(0, nameLength), 0)
  writeOctal(header, mode, 100, 8)
  writeOctal(header, 0, 108, 8)
  writeOctal(header, 0, 116, 8)
  writeSize(header, size)
  writeOctal(header, 0, 136, 12)
  header.write(flag, 156, 'latin1')
  header.set(Buffer.from(target).subarray(0, nameLength), 157)
  header.write('ustar  ', 257, 'latin1')
  // The sum counts its own field as blanks.
  header.fill(' ', 148, 156)
  let sum = 0
  for (let at = 0; at < blockSize; at += 1) sum += header[at] ?? 0
  writeOctal(header, sum, 148, 7)
  return header
}

function writeOctal(header: Buffer, value: number, at: number, length: number): void {
  header.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1')
}

function writeSize(header: Buffer, size: number): void {
  if (size < maxOctalSize) return writeOctal(header, size, 124, 12)
  header[124] = 0x80
  header.writeBigUInt64BE(BigInt(size), 128)
}
