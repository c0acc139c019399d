import { setTimeout as sleep } from 'node:timers/promises'
import type { AttemptRef } from '#contract/build.ts'
import { gpuWaitOf } from '#contract/gpu-policy.ts'
import type { Digest } from '#contract/image.ts'
import type { ComputedAnswer } from '#contract/verification.ts'
import type { ControlPlane } from '../control-plane.ts'
import { minFreeMib } from '../inventory/gpus/min-free.ts'
import { askAgain } from './ask-again.ts'
import { type GpuLease, type LeaseDeps, leaseGpu } from './lease-gpu.ts'
import type { StageJob } from './run-stage.ts'
import { Unverified } from './unverified.ts'

export interface WaitDeps extends LeaseDeps {
  readonly controlPlane: LeaseDeps['controlPlane'] & Pick<ControlPlane, 'readComputed'>
}

/** Of the stage's time, what is kept for what follows the wait. */
const keptMs = 60_000
const recheckMs = 5_000
const computedLimitMs = 30_000

/**
 * Waits for a GPU for as long as the project's policy says and one may still come; why it waits stands in the log.
 * @returns the lease, or why there is none. @throws Unverified when the GPU is on another node.
 */
export async function waitForGpu(
  deps: WaitDeps,
  attempt: AttemptRef,
  job: StageJob,
  digest: Digest,
): Promise<GpuLease | { readonly reason: string }> {
  const request = {
    digest,
    purpose: 'verification' as const,
    needs: { free_bytes: minFreeMib * 1024 ** 2 },
  }
  const waitMs = Math.min(gpuWaitOf(job.plan.gpu_policy) * 1000, job.leftMs() - keptMs)
  const deadline = performance.now() + waitMs
  let told = ''
  for (;;) {
    const answer = await leaseGpu(deps, attempt, request, job.signal)
    if (!('state' in answer)) return answer
    const { reason } = answer
    if (answer.state === 'none') {
      if (answer.elsewhere) throw new Unverified({ code: 'gpu_elsewhere', message: reason })
      const { verdict } = await askComputed(deps, attempt, job, digest)
      if (['no_gpu_node', 'will_not_run', 'unknown'].includes(verdict)) return { reason }
    }
    const pauseMs = answer.state === 'busy' ? answer.retry_ms : recheckMs
    if (performance.now() + pauseMs > deadline) return { reason }
    if (told !== reason) job.log.remark(`waiting for a GPU: ${reason}`)
    told = reason
    await sleep(pauseMs * (0.9 + deps.random() / 5), undefined, { signal: job.signal })
  }
}

/** What the files of the image say of the farm as it is now. */
export async function askComputed(
  { controlPlane, random }: WaitDeps,
  attempt: AttemptRef,
  { signal }: Pick<StageJob, 'signal'>,
  digest: Digest,
): Promise<ComputedAnswer> {
  const ask = async () => controlPlane.readComputed(attempt, digest)
  return askAgain(ask, { random, signal, limitMs: computedLimitMs })
}
