import { isErrno } from '#contract/errno.ts'
import { BuildkitError, grpcCode } from '../buildkit/error.ts'
import { DaemonUnavailable } from '../daemon/daemon-pool.ts'

/** A solve that failed because this node's disk was full. The message is fit for the one who submitted it. */
export class DiskFull extends Error {
  override readonly name = 'DiskFull'
}

/** What was seen while a solve ran. */
export interface SeenDisk {
  /** The disk had less than its reserve. */
  readonly wasLow: boolean
  /** The disk had next to nothing. */
  readonly wasFull: boolean
  /** A step printed the kernel's words for it. */
  readonly saidSo: boolean
}

const killed = 137

/** The kernel's words. Programs print them as they are; those of Go begin in lower case. */
export const noSpace = /no space left on device/i

/**
 * Whether an error is for lack of space on this node's disk. What a RUN prints proves nothing: the words may be about a
 * tmpfs, or the user's own. And a RUN may fail of a full disk without any words. So what was seen of the disk decides.
 * Pure.
 */
export function isForLackOfSpace(error: unknown, seen: SeenDisk): boolean {
  if (error instanceof DaemonUnavailable) return saysNoSpace(error.cause)
  if (!(error instanceof BuildkitError)) return isNoSpace(error)
  const { code, reason, details } = error
  // The daemon gives this status to the kernel's ENOSPC in its own work.
  if (code === grpcCode.resourceExhausted && noSpace.test(reason)) return true
  if (details.exitCode === undefined) return seen.wasLow && noSpace.test(reason)
  if (details.exitCode === killed) return false
  return seen.wasFull || (seen.wasLow && seen.saidSo)
}

/** Whether an error of this process, or what caused it, is the kernel's ENOSPC. */
function isNoSpace(error: unknown): boolean {
  return error instanceof Error && (isErrno(error, 'ENOSPC') || isNoSpace(error.cause))
}

/** The same, also told by a program that was run. Not for what may hold the words of a user. */
export function saysNoSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return isErrno(error, 'ENOSPC') || noSpace.test(error.message) || saysNoSpace(error.cause)
}
