import { environmentDefaults } from '#contract/environment.ts'
import { gib } from '../../display/quota.ts'

/** A field of numbers that has been emptied says `null`. */
type Hours = number | null | undefined

/** What else is to be said of a start; what is empty is left to the server and to the image. */
export interface StartLimits {
  /** GiB. */
  disk: number
  idleHours: Hours
  ttlHours: Hours
  /** A line for the shell. */
  command: string
}

export const usualLimits = (): StartLimits => ({
  disk: environmentDefaults.diskBytes / gib,
  idleHours: undefined,
  ttlHours: undefined,
  command: '',
})

const hourSeconds = 3600

/** As the API takes it. Pure. */
export function toStartLimits({ disk, idleHours, ttlHours, command }: StartLimits) {
  const line = command.trim()
  return {
    disk_bytes: Math.round(disk * gib),
    ...(typeof idleHours === 'number' && { idle_seconds: Math.round(idleHours * hourSeconds) }),
    ...(typeof ttlHours === 'number' && { ttl_seconds: Math.round(ttlHours * hourSeconds) }),
    ...(line !== '' && { command: ['/bin/sh', '-c', line] }),
  }
}
