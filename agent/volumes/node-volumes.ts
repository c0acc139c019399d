import { chmod, lstat, mkdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { isErrno } from '#contract/errno.ts'
import type { OfferedVolume } from '#contract/volume.ts'
import { run } from '../../process/run.ts'
import type { Say } from '../../process/say.ts'
import { readDiskUse } from '../environments/read-usage.ts'
import type { VolumeFolder } from './parse-volumes.ts'

/** A volume that an environment has cannot be mounted. */
export class VolumeUnavailable extends Error {
  override readonly name = 'VolumeUnavailable'
}

/** A folder of this machine to mount. */
export interface VolumeSource {
  readonly folder: string
  readonly readOnly: boolean
}

/** The volumes that this node offers. */
export interface NodeVolumes {
  /** Looks at all of them. */
  look(): Promise<void>
  /** Those that were there when it looked last; the same list until something is different. */
  offered(): readonly OfferedVolume[]
  /** What a project has of a volume, which is made where it is not there yet. @throws VolumeUnavailable */
  open(name: string, project: number): Promise<VolumeSource>
  /** What a project has of its own in a volume, in bytes; `undefined` where it has no folder of its own, or cannot be read. */
  measure(name: string, project: number, signal: AbortSignal): Promise<number | undefined>
}

/** A file server that is gone lets whoever asks wait for ever. */
const limitMs = 5_000

export function createNodeVolumes(folders: readonly VolumeFolder[], say: Say): NodeVolumes {
  let offered: readonly OfferedVolume[] = []
  const absent = new Set<string>()
  const look = async (one: VolumeFolder): Promise<readonly OfferedVolume[]> => {
    try {
      const space = await readSpace(one.folder)
      if (absent.delete(one.name)) say(`the volume ${one.name} is there again`)
      return [{ name: one.name, mode: one.mode, ...space }]
    } catch (error) {
      if (!absent.has(one.name)) say(`the volume ${one.name} is not offered: ${String(error)}`)
      absent.add(one.name)
      return []
    }
  }
  return {
    look: async () => {
      const now = (await Promise.all(folders.map(look))).flat()
      if (!isDeepStrictEqual(now, offered)) offered = now
    },
    offered: () => offered,
    open: async (name, project) => {
      const volume = folders.find((one) => one.name === name)
      if (volume === undefined) throw new VolumeUnavailable(`its node offers no volume ${name}`)
      try {
        await readSpace(volume.folder)
        return await openSource(volume, project)
      } catch (error) {
        say(`the volume ${name}: ${String(error)}`)
        throw new VolumeUnavailable(`the volume ${name} cannot be mounted`, { cause: error })
      }
    },
    measure: async (name, project, signal) => {
      const volume = folders.find((one) => one.name === name && one.mode === 'projects')
      if (volume === undefined) return undefined
      try {
        await readSpace(volume.folder)
        return await readDiskUse(ownFolder(await realpath(volume.folder), name, project), signal)
      } catch (error) {
        if (!signal.aborted) say(`the volume ${name} is not measured: ${String(error)}`)
        return undefined
      }
    },
  }
}

/** In a process of its own, which can be ended. @throws ProcessError also when it is no folder. */
async function readSpace(folder: string) {
  const { stdout } = await run('stat', ['-f', '-c', '%S %b %a', '--', `${folder}/.`], { limitMs })
  const [size, blocks, free] = stdout.trim().split(' ').map(Number)
  return { total_bytes: bytesOf(size, blocks), free_bytes: bytesOf(size, free) }
}

/** Some file systems say that they have no end. */
function bytesOf(size = 0, blocks = 0): number {
  return Math.min(size * blocks, Number.MAX_SAFE_INTEGER) || 0
}

const ownFolder = (root: string, name: string, project: number) => join(root, String(project), name)

async function openSource(
  { name, folder, mode }: VolumeFolder,
  project: number,
): Promise<VolumeSource> {
  const root = await realpath(folder)
  if (mode !== 'projects') return { folder: root, readOnly: mode === 'ro' }
  // Its parent keeps everybody else on the machine out: programs of any user may write in it.
  const own = ownFolder(root, name, project)
  await makeFolder(dirname(own), 0o700)
  return { folder: await makeFolder(own, 0o777), readOnly: false }
}

/** @throws when something else than a folder, such as a link, is in its place. */
async function makeFolder(path: string, mode: number): Promise<string> {
  try {
    await mkdir(path, { mode: 0o700 })
    await chmod(path, mode)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
  if (!(await lstat(path)).isDirectory()) throw new Error(`${path} is no folder`)
  return path
}
