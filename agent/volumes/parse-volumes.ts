import { posix } from 'node:path'
import { liesIn, maxVolumes, type VolumeMode, volumeModes } from '#contract/volume.ts'
import { volumeName } from '#contract/wire/volume.ts'

/** A folder of this machine that an operator offers to environments. */
export interface VolumeFolder {
  readonly name: string
  readonly folder: string
  readonly mode: VolumeMode
}

/** Of the system: a volume is none of them, lies in none of them and holds none of them. */
const ofSystem = ['/proc', '/sys', '/dev', '/run']

/** Reads `datasets:/srv/datasets,scratch:/srv/scratch:projects`. @throws an error that says which part is wrong. Pure. */
export function parseVolumes(text: string): readonly VolumeFolder[] {
  const volumes = text
    .split(',')
    .flatMap((part) => (part.trim() === '' ? [] : [parse(part.trim())]))
  if (volumes.length > maxVolumes) throw new Error(`names more than ${maxVolumes} volumes`)
  volumes.forEach(({ name, folder }, at) => {
    for (const other of volumes.slice(at + 1)) {
      if (other.name === name) throw new Error(`names ${name} twice`)
      if (liesIn(folder, other.folder) || liesIn(other.folder, folder)) {
        // Whoever writes in the one could turn a folder of the other into a link.
        throw new Error(`${name} and ${other.name} lie in one another`)
      }
    }
  })
  return volumes
}

function parse(part: string): VolumeFolder {
  const [name = '', folder = '', mode = 'ro', ...more] = part.split(':')
  if (!volumeName.safeParse(name).success) {
    throw new Error(
      `"${part}": expected NAME:/FOLDER or NAME:/FOLDER:MODE, with a name such as datasets`,
    )
  }
  if (!isMode(mode) || more.length > 0) {
    throw new Error(`"${part}": its mode is one of ${volumeModes.join(', ')}`)
  }
  if (!folder.startsWith('/') || posix.normalize(folder) !== folder || folder.endsWith('/')) {
    throw new Error(`"${part}": expected the whole path of a folder, such as /srv/datasets`)
  }
  if (ofSystem.some((one) => liesIn(folder, one))) {
    throw new Error(`"${part}": ${folder} belongs to the system`)
  }
  return { name, folder, mode }
}

function isMode(text: string): text is VolumeMode {
  return volumeModes.some((mode) => mode === text)
}

/** @throws when a volume would show what the agent keeps for itself, or lies in that. */
export function requireApart(volumes: readonly VolumeFolder[], directory: string): void {
  const own = posix.resolve(directory)
  for (const { name, folder } of volumes) {
    if (liesIn(folder, own) || liesIn(own, folder)) {
      throw new Error(`KILN_VOLUMES: ${name} and the agent's own folder ${own} lie in one another`)
    }
  }
}
