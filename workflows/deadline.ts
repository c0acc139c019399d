import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow'
import type { BuildFailure } from '#contract/failure.ts'
import type { Stage } from '#contract/stage.ts'
import { toError } from './failure.ts'

/** The limit of a whole build, whatever stage it is in. */
export interface Deadline {
  enter(stage: Stage): void
  /** Why the build was stopped, once it was. */
  failure(): BuildFailure | undefined
  /** @throws the failure `stage_timeout` with the stage that was reached when the body takes too long. */
  run<T>(body: () => Promise<T>): Promise<T>
}

/**
 * A deadline `seconds` after `run`, or none. It does not stop a build while it is being published: its name may have
 * moved already, and then the build can only succeed.
 */
export function createDeadline(seconds: number | undefined): Deadline {
  const scope = new CancellationScope()
  let current: Stage = 'validating'
  let due = false
  let failure: BuildFailure | undefined
  const look = () => {
    if (!due || current === 'publishing' || failure !== undefined) return
    const message = `The build took longer than ${seconds} s; it had come to the stage ${current}`
    failure = { code: 'stage_timeout', message, stage: current }
    scope.cancel()
  }
  const expire = async () => {
    await sleep((seconds ?? 0) * 1000)
    due = true
    look()
  }
  return {
    enter: (stage) => {
      current = stage
      look()
    },
    failure: () => failure,
    run: async (body) => {
      if (seconds === undefined) return body()
      const timer = new CancellationScope()
      timer.run(expire).catch(() => undefined)
      try {
        return await scope.run(body)
      } catch (error) {
        throw failure !== undefined && isCancellation(error) ? toError(failure) : error
      } finally {
        timer.cancel()
      }
    },
  }
}
