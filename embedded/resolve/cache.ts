import { createHash } from 'node:crypto'
import { access, constants, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ResolveSettings } from '../config.ts'
import { pins, type ComponentName, type Platform } from '../pins.ts'

/** Paths of a component's binaries by their names. */
export type Binaries = Readonly<Record<string, string>>

export function platform(): Platform {
  return process.arch === 'arm64' ? 'linux-arm64' : 'linux-amd64'
}

export function goFolder(name: ComponentName): string {
  return join(import.meta.dirname, '..', 'go', pins[name].build.folder)
}

/** Named by everything that decides what comes out, so that a changed pin never finds an old binary. */
export async function componentFolder(
  settings: ResolveSettings,
  name: ComponentName,
): Promise<string> {
  const { version, build, release } = pins[name]
  const source = { build, release, mirror: settings.mirrors[name], platform: platform() }
  const hash = createHash('sha256').update(JSON.stringify(source))
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(goFolder(name), file)))
  return join(
    settings.cacheDir,
    'components',
    `${name}-${version}-${hash.digest('hex').slice(0, 12)}`,
  )
}

/** The paths of `names` in `folder`, or undefined unless every one is there and executable. */
export async function findBinaries(
  folder: string,
  names: readonly string[],
): Promise<Binaries | undefined> {
  const paths = names.map((name) => [name, join(folder, name)] as const)
  try {
    await Promise.all(paths.map(([, path]) => access(path, constants.X_OK)))
    return Object.fromEntries(paths)
  } catch {
    // Not here: the caller looks in the next place.
    return undefined
  }
}

/** Makes a folder whole or not at all: `fill` works beside it and a rename puts it in place. */
export async function createFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(folder), { recursive: true })
  const temporary = await mkdtemp(`${folder}.new-`)
  try {
    await fill(temporary)
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder)
  } finally {
    await rm(temporary, { recursive: true, force: true })
  }
}
