import type { z } from 'zod'
import type { environmentVolume, offeredVolume } from './wire/volume.ts'

/**
 * What operators offer on nodes. `ro` and `rw` are one folder for everybody, to read or also to write; of `projects` each
 * project has a folder of its own.
 */
export const volumeModes = ['ro', 'rw', 'projects'] as const

export type VolumeMode = (typeof volumeModes)[number]

/** A volume as a node has it. */
export type OfferedVolume = z.infer<typeof offeredVolume>

/** A volume as an environment has it. */
export type EnvironmentVolume = z.infer<typeof environmentVolume>

/** As many as a node offers, and an environment has. */
export const maxVolumes = 16

/** Whether a path is another, or lies in it. Both are absolute and plain. Pure. */
export function liesIn(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder}/`)
}
