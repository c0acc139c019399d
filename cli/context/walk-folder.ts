import { type Stats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { checkEntry } from '../../contexts/check-entry.ts'
import type { Exclusion } from '../../contexts/exclusion.ts'
import type { NormalEntry } from '../../contexts/normal-header.ts'
import { comparePaths } from '../../contexts/path-order.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import { misuse } from '../texts/misuse.ts'

const permissions = 0o7777

/** A folder on the way down, and whether it has been told of. */
interface Step {
  readonly entry: NormalEntry
  told: boolean
}

/**
 * What of a folder belongs into a context, in the order of a normal tar, the folder itself first: without what is
 * excluded, but with every folder above what is kept. Sockets are left out, as Docker does. @throws CommandError
 */
export async function* walkFolder(root: string, exclusion: Exclusion): AsyncGenerator<NormalEntry> {
  const top = await describe(root, '')
  if (top?.kind !== 'directory') {
    throw new CommandError(misuse.noFolder, exitCodes.usage, undefined, { path: root })
  }
  yield top
  yield* walkBelow(root, [{ entry: top, told: true }], exclusion)
}

async function* walkBelow(
  root: string,
  way: readonly Step[],
  exclusion: Exclusion,
): AsyncGenerator<NormalEntry> {
  const folder = way.at(-1)?.entry.path ?? ''
  const names = await readdir(join(root, folder))
  const paths = names.map((name) => (folder === '' ? name : `${folder}/${name}`))
  for (const path of paths.toSorted(comparePaths)) {
    const isExcluded = exclusion.excludes(path)
    if (isExcluded && !exclusion.mayKeepBelow(path)) continue
    const entry = await describe(root, path)
    if (entry === undefined) continue
    const here = [...way, { entry, told: false }]
    if (!isExcluded) {
      requireTaken(entry)
      for (const step of here.filter(({ told }) => !told)) {
        step.told = true
        yield step.entry
      }
    }
    if (entry.kind === 'directory') yield* walkBelow(root, here, exclusion)
  }
}

/** @throws CommandError that says why an entry cannot be part of a context. */
function requireTaken(entry: NormalEntry): void {
  const problem = checkEntry(entry)
  if (problem === undefined) return
  const values = { path: entry.path, problem }
  throw new CommandError(misuse.badEntry, exitCodes.build, undefined, values)
}

/** `undefined` for a socket. @throws CommandError for what is no file, folder or link. */
async function describe(root: string, path: string): Promise<NormalEntry | undefined> {
  const file = join(root, path)
  const stat = await lstat(file)
  const kind = kindOf(stat)
  if (kind === 'other') {
    if (stat.isSocket()) return undefined
    throw new CommandError(misuse.notTaken, exitCodes.build, undefined, { path })
  }
  return {
    path,
    kind,
    mode: kind === 'symlink' ? 0o777 : stat.mode & permissions,
    target: kind === 'symlink' ? await readlink(file) : '',
    size: kind === 'file' ? stat.size : 0,
  }
}

function kindOf(stat: Stats): NormalEntry['kind'] | 'other' {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  return stat.isSymbolicLink() ? 'symlink' : 'other'
}
