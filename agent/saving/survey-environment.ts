import { readFile, statfs } from 'node:fs/promises'
import type { SavedPaths, SaveSurvey } from '#contract/save.ts'
import { ProcessError } from '../../process/run.ts'
import { readFreeSpace } from '../disk/free-space.ts'
import type { EnvironmentPaths } from '../environments/environment-paths.ts'
import { readDiskUse } from '../environments/read-usage.ts'
import type { EnvironmentFiles } from '../environments/environments.ts'
import { changedPackages } from './changed-packages.ts'
import { hiddenBytes } from './hidden-bytes.ts'
import { type MountPoint, readMountPoints } from './mount-points.ts'
import { readPackaged } from './packaged-files.ts'
import { createSizes } from './sizes.ts'
import { maxFolders, surveyUpper } from './survey-upper.ts'
import { walkUpper } from './walk-upper.ts'

/** Mounts that every container has, and in which nobody keeps anything. */
const ofKernel = /^\/(proc|sys|dev)(\/|$)/
const shared = '/dev/shm'
/** For how long the files of a volume are counted. */
const countMs = 5_000

/** What would be saved of an environment now, and what would not. Its programs go on meanwhile. */
export async function surveyEnvironment(
  { paths, image }: EnvironmentFiles,
  choices: SavedPaths,
  signal: AbortSignal,
): Promise<SaveSurvey> {
  const mounts = await readMountPoints(paths)
  const places = mounts.map(({ path }) => path)
  const volumes = mounts.flatMap(({ path, folder }) => (folder === undefined ? [] : [path]))
  const [surveyed, free, shown] = await Promise.all([
    surveyUpper(paths.upper, { ...choices, mounts: places, volumes }, signal),
    readFreeSpace(paths.folder),
    showMounts(mounts, paths, signal),
  ])
  const { isLeftOut, ofPackages: entries, fileLists, ...rest } = surveyed
  const hidden = await hiddenBytes({ lower: image, upper: paths.upper }, isLeftOut, signal)
  const packages = await changedPackages({ lower: image, upper: paths.upper, entries })
  const unpackaged = createSizes()
  const isPackaged = await readPackaged(paths.upper, fileLists)
  for await (const entry of walkUpper(paths.upper, isLeftOut)) {
    if (!isPackaged(entry.path)) unpackaged.add(entry)
  }
  return {
    ...rest,
    packages,
    hidden_bytes: hidden,
    unpackaged: unpackaged.read(maxFolders),
    mounts: shown,
    free_bytes: free.bytes,
  }
}

async function showMounts(
  mounts: readonly MountPoint[],
  { pid }: Pick<EnvironmentPaths, 'pid'>,
  signal: AbortSignal,
): Promise<SaveSurvey['mounts']> {
  const seen = mounts.filter(({ path }) => path === shared || !ofKernel.test(path))
  return Promise.all(
    seen.map(async ({ path, type, folder }) => {
      const inMemory = type === 'tmpfs' ? await usedOf(path, pid) : null
      return { path, type, bytes: folder === undefined ? inMemory : await sizeOf(folder, signal) }
    }),
  )
}

/** `null` for what takes long to count: it may be all that a file server has. */
async function sizeOf(folder: string, signal: AbortSignal): Promise<number | null> {
  try {
    return await readDiskUse(folder, signal, countMs)
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof ProcessError) return null
    throw error
  }
}

/** `null` while nothing runs. */
async function usedOf(path: string, pidFile: string): Promise<number | null> {
  try {
    const pid = Number(await readFile(pidFile, 'utf8'))
    const { bsize, blocks, bfree } = await statfs(`/proc/${pid}/root${path}`)
    return (blocks - bfree) * bsize
  } catch {
    return null
  }
}
