import { lstat, readdir } from 'node:fs/promises'
import { cutName } from './entry-path.ts'
import { inFolder, unlessGone } from './in-folder.ts'

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

/** Everything in the folder, folders before what is in them. @param isLeftOut also what is below it is passed over. */
export async function* walkUpper(
  upper: string,
  isLeftOut: (path: string) => boolean,
  below = '',
): AsyncGenerator<UpperEntry> {
  let names: readonly Buffer[] | undefined
  for (let at = 0; names === undefined || at < names.length; at += group) {
    const entries = await inFolder(upper, below, async (place) => {
      names ??= await readNames(place)
      const found = names
        .slice(at, at + group)
        .map((name) => ({ name, path: joined(below, name.toString('latin1')) }))
        .filter(({ path }) => !isLeftOut(path))
      return Promise.all(found.map(async ({ name, path }) => look(place, name, path)))
    })
    if (entries === undefined) return
    for (const entry of entries) {
      if (entry === undefined) continue
      yield entry
      if (entry.kind === 'folder') yield* walkUpper(upper, isLeftOut, entry.path)
    }
  }
}

/** `undefined` for one that is not there, or has gone meanwhile. */
export async function readEntry(upper: string, path: string): Promise<UpperEntry | undefined> {
  const [above, name] = cutName(path)
  return inFolder(upper, above, async (place) => look(place, Buffer.from(name, 'latin1'), path))
}

async function readNames(place: string): Promise<readonly Buffer[]> {
  const names = await readdir(place, { encoding: 'buffer' })
  return names.toSorted((one, other) => one.compare(other))
}

function joined(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

async function look(place: string, name: Buffer, path: string): Promise<UpperEntry | undefined> {
  const found = await lstat(Buffer.concat([Buffer.from(`${place}/`), name])).catch(unlessGone)
  if (found === undefined) return undefined
  const kind = kindOf(found)
  const bytes = kind === 'file' ? found.size : 0
  return { path, kind, bytes, inode: found.ino, names: found.nlink }
}

function kindOf(found: Awaited<ReturnType<typeof lstat>>): UpperEntry['kind'] {
  if (found.isFile()) return 'file'
  if (found.isDirectory()) return 'folder'
  if (found.isSymbolicLink()) return 'link'
  if (found.isFIFO()) return 'fifo'
  if (found.isSocket()) return 'socket'
  return found.isCharacterDevice() && Number(found.rdev) === 0 ? 'whiteout' : 'device'
}
