import { BuildkitError } from '../buildkit/error.ts'
import type { StepEvent } from '../buildkit/progress.ts'
import type { StepLimits } from '../daemon/daemon-pool.ts'
import type { StepLimit } from '../daemon/limit-hits.ts'

/** A step that failed once the kernel had held it to a limit. */
export class LimitReached extends Error {
  override readonly name = 'LimitReached'
  readonly limit: StepLimit
  readonly limits: StepLimits
  /** What the daemon says of the step. */
  readonly error: BuildkitError

  constructor(limit: StepLimit, limits: StepLimits, error: BuildkitError) {
    super(`${limit}: ${error.message}`, { cause: error })
    this.limit = limit
    this.limits = limits
    this.error = error
  }
}

/**
 * The error of a solve with the limit that made its step fail, if one did: the daemon does not tell.
 * @param steps by digest, as they were told last. Others end with an error as well: they are stopped because one failed.
 */
export async function nameLimit(
  error: unknown,
  steps: ReadonlyMap<string, StepEvent>,
  limits: StepLimits,
): Promise<unknown> {
  if (!(error instanceof BuildkitError) || error.details.exitCode === undefined) return error
  const { started, completed } = steps.get(error.details.vertex ?? '') ?? {}
  if (started === undefined || completed === undefined) return error
  const runs = (command: string) => error.reason.includes(`process ${JSON.stringify(command)} did`)
  const limit = await limits.findHit({ runs, started, completed })
  return limit === undefined ? error : new LimitReached(limit, limits, error)
}
