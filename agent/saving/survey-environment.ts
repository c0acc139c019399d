import { readFile, statfs } from 'node:fs/promises'
import type { SavedPaths, SaveSurvey } from '#contract/save.ts'
import { readFreeSpace } from '../disk/free-space.ts'
import type { EnvironmentPaths } from '../environments/environment-paths.ts'
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

/** What would be saved of an environment now, and what would not. Its programs go on meanwhile. */
export async function surveyEnvironment(
  { paths, image }: EnvironmentFiles,
  choices: SavedPaths,
  signal: AbortSignal,
): Promise<SaveSurvey> {
  const mounts = await readMountPoints(paths)
  const places = mounts.map(({ path }) => path)
  const [surveyed, free, shown] = await Promise.all([
    surveyUpper(paths.upper, { ...choices, mounts: places }, signal),
    readFreeSpace(paths.folder),
    showMounts(mounts, paths),
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
): Promise<SaveSurvey['mounts']> {
  const seen = mounts.filter(({ path }) => path === shared || !ofKernel.test(path))
  return Promise.all(
    seen.map(async ({ path, type }) => ({
      path,
      type,
      bytes: type === 'tmpfs' ? await usedOf(path, pid) : null,
    })),
  )
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
