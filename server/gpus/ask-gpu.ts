import type { AttemptRef } from '#contract/build.ts'
import { gpuLeaseMs, gpuRetryMs, type GpuAnswer, type GpuRequest } from '#contract/gpu-lease.ts'
import type { Pool } from '../../records/connect.ts'
import { type AskingAttempt, grantGpu } from '../../records/gpu-leases.ts'
import { findFacts } from '../../records/image-facts.ts'
import { readReadyGpus } from '../../records/node-gpus.ts'
import { readRefused } from '../../records/refused-gpus.ts'
import { refuseAttempt } from '../refuse-attempt.ts'
import { chooseGpu, fits, type Wanted } from './choose-gpu.ts'

/** Answers an attempt that asks for a GPU of its node. @throws Refusal when the attempt may not go on. */
export async function askGpu(
  db: Pool,
  ref: AttemptRef,
  { digest, purpose, needs }: GpuRequest,
): Promise<GpuAnswer> {
  const [stored, refusals] = await Promise.all([
    findFacts(db, digest),
    readRefused(db, [ref.buildId]),
  ])
  const nodes = new Set(refusals.flatMap(({ nodeId, uuid }) => (uuid === '' ? nodeId : [])))
  const refused = new Set(refusals.map(({ uuid }) => uuid))
  const wanted: Wanted = { needs, refused, facts: stored?.facts ?? undefined }
  let asking: AskingAttempt | undefined
  const choice = await grantGpu(db, ref, purpose, (slots, earlier, attempt) => {
    asking = attempt
    const offered = nodes.has(attempt.nodeId) ? [] : slots
    return chooseGpu(offered, earlier, { name: attempt.nodeName, arch: attempt.arch }, wanted)
  })
  if (choice === 'stale') throw await refuseAttempt(db, ref)
  if ('gpu' in choice) return { state: 'granted', gpu: choice.gpu, lease_ms: gpuLeaseMs }
  const { state, reason } = choice
  if ('final' in choice) return { state: 'none', reason, elsewhere: false }
  if (state === 'busy') return { state, reason, retry_ms: gpuRetryMs }
  // A build that is back on a node that it has left was placed there for want of another.
  if (asking === undefined || asking.gpuWaited || nodes.has(asking.nodeId)) {
    return { state, reason, elsewhere: false }
  }
  const { nodeId: own, platform } = asking
  const elsewhere = (await readReadyGpus(db, platform)).some(
    ({ nodeId, arch, gpu }) => nodeId !== own && !nodes.has(nodeId) && fits(gpu, arch, wanted),
  )
  return { state, reason, elsewhere }
}
