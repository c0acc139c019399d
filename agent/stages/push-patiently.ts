import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptRef } from '#contract/build.ts'
import type { ImageBlob, PushRequest } from '#contract/push.ts'
import { BuildkitError } from '../buildkit/error.ts'
import { type ControlPlane, ControlPlaneError } from '../control-plane.ts'
import { askAgain } from './ask-again.ts'
import type { StageJob } from './run-stage.ts'

export interface PushDeps {
  readonly controlPlane: Pick<ControlPlane, 'askToPush'>
  readonly random: () => number
}

export interface PushedImage<T> {
  /** What it is made of, as far as that is known. */
  readonly blobs: ImageBlob[] | undefined
  readonly push: () => Promise<T>
}

const askLimitMs = 60_000

/** In the words of the build daemon, which gives these no status of their own. */
const awayWords =
  /unexpected status.*: 5\d\d|connection re(?:fused|set)|no such host|i\/o timeout|TLS handshake timeout|broken pipe|unexpected EOF|: EOF$/im

/**
 * Pushes once the farm lets it, and again as long as the registry is away: what was built must not be thrown away for that.
 * The limit of the stage ends it.
 */
export async function pushPatiently<T>(
  deps: PushDeps,
  attempt: AttemptRef,
  job: Pick<StageJob, 'signal' | 'log'>,
  image: PushedImage<T>,
): Promise<T> {
  for (let failed = false; ; failed = true) {
    await waitForLeave(deps, attempt, job, { failed, ...(image.blobs && { blobs: image.blobs }) })
    try {
      return await image.push()
    } catch (error) {
      if (job.signal.aborted || !isAway(error)) throw error
      job.log.remark('the registry did not take the image: it is pushed again')
    }
  }
}

/** The registry is not there, or is not well: nothing that is wrong with the image. Pure. */
export function isAway(error: unknown): boolean {
  if (error instanceof ControlPlaneError) return error.code === 'registry_unavailable'
  return error instanceof BuildkitError && awayWords.test(error.reason)
}

async function waitForLeave(
  { controlPlane, random }: PushDeps,
  attempt: AttemptRef,
  { signal, log }: Pick<StageJob, 'signal' | 'log'>,
  first: PushRequest,
): Promise<void> {
  let request = first
  let told = ''
  for (;;) {
    const ask = async () => controlPlane.askToPush(attempt, request)
    const answer = await askAgain(ask, { random, signal, limitMs: askLimitMs })
    request = { ...request, failed: false }
    if (answer.state === 'go') return
    if (told !== answer.reason) log.remark(answer.reason)
    told = answer.reason
    await sleep(answer.retry_ms * (0.75 + random() / 2), undefined, { signal })
  }
}
