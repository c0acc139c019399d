import { z } from 'zod'
import { liesIn, maxVolumes, volumeModes } from '../volume.ts'

export const volumeName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'expected a name of small letters, digits and -, such as datasets',
  )
const bytes = z.number().int().nonnegative()

/** A volume that a node offers, with what its file system has. */
export const offeredVolume = z.object({
  name: volumeName,
  mode: z.enum(volumeModes),
  total_bytes: bytes,
  free_bytes: bytes,
})

export const offeredVolumes = z.array(offeredVolume).max(maxVolumes)

/** Of the kernel, and files that every environment has of its own. */
const taken = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf']

const place = z
  .string()
  .max(512)
  .regex(/^\/[^/]/, 'expected a path from the root of the environment, such as /data')
  .refine((path) => !/[\p{Cc}\p{Cf}]/u.test(path), 'has a control character in it')
  .refine((path) => !/(^|\/)\.\.?(\/|$)/.test(path), 'has . or .. in it')
  .refine((path) => !/\/(\/|$)/.test(path), 'has a / too many')
  .refine((path) => !taken.some((one) => liesIn(path, one)), 'belongs to the system: take another')

/** A volume in an environment. */
export const environmentVolume = z.strictObject({
  volume: volumeName,
  /** Where it is mounted. */
  path: place,
  read_only: z.boolean(),
})

/** What a person may ask for. Left out, `read_only` is as the volume is offered. */
export const wantedVolumes = z
  .array(environmentVolume.partial({ read_only: true }))
  .max(maxVolumes)
  .superRefine((volumes, context) => {
    volumes.forEach(({ path }, at) => {
      const other = volumes.find((one, index) => index !== at && liesIn(path, one.path))
      if (other === undefined) return
      const message = other.path === path ? 'is taken twice' : `lies in the volume at ${other.path}`
      context.addIssue({ code: 'custom', path: [at, 'path'], message })
    })
  })
