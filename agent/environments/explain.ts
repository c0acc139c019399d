import { ApplicationFailure } from '@temporalio/activity'
import { asEnvironmentFailure, type EnvironmentReason } from '#contract/environment-reason.ts'
import { BuildkitError } from '../buildkit/error.ts'
import { ControlPlaneError } from '../control-plane.ts'
import { DaemonUnavailable } from '../daemon/daemon-pool.ts'
import { DiskFull } from '../disk/disk-full.ts'
import { UnknownUser } from './resolve-user.ts'
import { VolumeUnavailable } from '../volumes/node-volumes.ts'
import { UnfitPlace } from '../volumes/require-plain-place.ts'

/** runc did not come as far as the program. */
export class NotStarted extends Error {
  override readonly name = 'NotStarted'
}

interface Explained {
  readonly reason: EnvironmentReason
  /** Fit for the one who started it; the text of the reason when absent. */
  readonly message?: string
}

const noProgram =
  /exec(?:: |\/| )"?([^":]{1,200})"?.*(?:not found|no such file|permission denied|is a directory)/i
const noFolder = /chdir to cwd|mkdir .*cwd|set in config\.json/i

/** What an error means for the start of an environment. Pure. */
export function explainStart(error: unknown): Explained {
  if (error instanceof UnknownUser) return { reason: 'image_unusable', message: error.message }
  if (error instanceof UnfitPlace) return { reason: 'image_unusable', message: error.message }
  if (error instanceof VolumeUnavailable) {
    return { reason: 'volume_unavailable', message: error.message }
  }
  if (error instanceof DiskFull) return { reason: 'disk_full' }
  if (error instanceof NotStarted) return explainRunc(error.message)
  if (error instanceof ControlPlaneError) return explainRefusal(error)
  if (error instanceof DaemonUnavailable) return { reason: 'internal' }
  if (error instanceof BuildkitError) {
    return { reason: /not found/i.test(error.message) ? 'image_gone' : 'registry_unavailable' }
  }
  return { reason: 'runtime_failed' }
}

function explainRunc(message: string): Explained {
  const program = noProgram.exec(message)?.[1]
  if (program !== undefined) {
    return { reason: 'program_not_found', message: `${program} cannot be executed in the image` }
  }
  if (!noFolder.test(message)) return { reason: 'runtime_failed' }
  return { reason: 'image_unusable', message: 'the working directory of the image is not a folder' }
}

/** The server lets a start go on until somebody wants its end; what it cannot answer now it may later. */
function explainRefusal({ code, status = 503 }: ControlPlaneError): Explained {
  if (code === 'registry_denied' || code === 'registry_unavailable') {
    return { reason: 'registry_unavailable' }
  }
  return { reason: status < 500 ? 'stop_requested' : 'internal' }
}

/** The form in which the activity throws it. */
export function failStart(error: unknown): ApplicationFailure {
  const { reason, message } = explainStart(error)
  return ApplicationFailure.create({
    ...asEnvironmentFailure(reason, message),
    ...(error instanceof Error && { cause: error }),
  })
}
