import { lstat, readdir } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'

/**
 * Something that an environment has written, as the upper folder of its overlay has it. `whiteout` stands for what is
 * deleted of the image.
 */
export interface UpperEntry {
  /** Below the folder, one character for each byte: names need not be valid UTF-8. */
  readonly path: string
  readonly kind: 'file' | 'folder' | 'link' | 'fifo' | 'socket' | 'device' | 'whiteout'
  /** Of a file; 0 for anything else. */
  readonly bytes: number
  readonly inode: number
  /** How many names the file has. */
  readonly names: number
}

/** Entries that are looked at together. */
const group = 64

/** The path of an entry as the kernel takes it. */
export function bytesOf(folder: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path, 'latin1')])
}

/** The path of an entry for people. */
export function shown(path: string): string {
  return `/${Buffer.from(path, 'latin1').toString()}`
}

/** The same from what a person has written. */
export function pathOf(text: string): string {
  return Buffer.from(text.replace(/^\/+|\/+$/g, '')).toString('latin1')
}

/** Everything in the folder, folders before what is in them. @param isLeftOut also what is below it is passed over. */
export async function* walkUpper(
  upper: string,
  isLeftOut: (path: string) => boolean,
  below = '',
): AsyncGenerator<UpperEntry> {
  const folder = below === '' ? Buffer.from(upper) : bytesOf(upper, below)
  const found = await readdir(folder, { encoding: 'buffer' }).catch(unlessGone)
  const names = (found ?? []).toSorted((one, other) => one.compare(other))
  for (let at = 0; at < names.length; at += group) {
    const paths = names
      .slice(at, at + group)
      .map((name) => `${below === '' ? '' : `${below}/`}${name.toString('latin1')}`)
      .filter((path) => !isLeftOut(path))
    const entries = await Promise.all(paths.map(async (path) => readEntry(upper, path)))
    for (const entry of entries) {
      if (entry === undefined) continue
      yield entry
      if (entry.kind === 'folder') yield* walkUpper(upper, isLeftOut, entry.path)
    }
  }
}

/** `undefined` for one that is not there, or has gone meanwhile. */
export async function readEntry(upper: string, path: string): Promise<UpperEntry | undefined> {
  const found = await lstat(bytesOf(upper, path)).catch(unlessGone)
  if (found === undefined) return undefined
  const kind = kindOf(found)
  const bytes = kind === 'file' ? found.size : 0
  return { path, kind, bytes, inode: found.ino, names: found.nlink }
}

function unlessGone(error: unknown): undefined {
  if (!isErrno(error, 'ENOENT') && !isErrno(error, 'ENOTDIR')) throw error
}

function kindOf(found: Awaited<ReturnType<typeof lstat>>): UpperEntry['kind'] {
  if (found.isFile()) return 'file'
  if (found.isDirectory()) return 'folder'
  if (found.isSymbolicLink()) return 'link'
  if (found.isFIFO()) return 'fifo'
  if (found.isSocket()) return 'socket'
  return found.isCharacterDevice() && Number(found.rdev) === 0 ? 'whiteout' : 'device'
}
