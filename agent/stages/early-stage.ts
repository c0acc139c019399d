import type { AttemptRef } from '#contract/build.ts'
import type { Digest } from '#contract/image.ts'
import type { NodeStage } from '#contract/stage.ts'
import { type StageDeps, type StageJob, type StartedStage, startStage } from './run-stage.ts'

/** How long a stage that has begun waits for its activity, in ms. As a rule that takes some tens. */
const comeLimitMs = 15_000

/**
 * A stage that may begin before its activity has come: between two activities the farm writes down how the first ended
 * and hands out the next, and the node need not stand still meanwhile. What it does early counts only once the activity
 * has come for it; until then nobody but this node knows how it ends.
 */
export interface EarlyStage<T> {
  /** Begins the stage for the activity that is to come. */
  begin(attempt: AttemptRef, digest: Digest): void
  /** What has begun, for the activity that has come; begins when nothing has. */
  claim(attempt: AttemptRef, digest: Digest): StartedStage<T>
}

interface Begun<T> {
  readonly started: StartedStage<T>
  readonly timer: NodeJS.Timeout
}

export function createEarlyStage<T>(
  deps: StageDeps,
  stage: NodeStage,
  body: (job: StageJob, attempt: AttemptRef, digest: Digest) => Promise<T>,
  limitMs = comeLimitMs,
): EarlyStage<T> {
  const begun = new Map<string, Begun<T>>()
  const stopped = new Map<string, Promise<unknown>>()
  // One that was stopped still gives back what the attempt had, such as its GPU: it must not be taken from the next.
  const start = (attempt: AttemptRef, digest: Digest) =>
    startStage(
      deps,
      attempt,
      stage,
      async (job) => body(job, attempt, digest),
      stopped.get(keyOf(attempt, digest)),
    )
  const take = (key: string): StartedStage<T> | undefined => {
    const early = begun.get(key)
    if (early === undefined) return undefined
    clearTimeout(early.timer)
    begun.delete(key)
    return early.started
  }
  const giveUp = async (key: string) => {
    const early = take(key)
    if (early === undefined) return
    early.stop()
    const ended = Promise.allSettled([early.result])
    stopped.set(key, ended)
    await ended
    if (stopped.get(key) === ended) stopped.delete(key)
  }
  return {
    begin: (attempt, digest) => {
      const key = keyOf(attempt, digest)
      const started = start(attempt, digest)
      const timer = setTimeout(() => void giveUp(key), limitMs).unref()
      begun.set(key, { started, timer })
    },
    claim: (attempt, digest) => take(keyOf(attempt, digest)) ?? start(attempt, digest),
  }
}

function keyOf({ buildId, attempt }: AttemptRef, digest: Digest): string {
  return `${buildId} ${attempt} ${digest}`
}
