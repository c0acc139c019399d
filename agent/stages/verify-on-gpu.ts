import type { AttemptRef, Verification } from '#contract/build.ts'
import type { BuildFailure } from '#contract/failure.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { Digest } from '#contract/image.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import type { Fault } from '../cuda/fault.ts'
import type { KeptGpus } from '../inventory/gpus/keep-gpus.ts'
import type { NotedFaults } from '../inventory/gpus/noted-faults.ts'
import { minFreeMib } from '../inventory/gpus/min-free.ts'
import { checkGpu } from './check-gpu.ts'
import type { GpuLease } from './lease-gpu.ts'
import { type Measured, probeBuilt, type ProbeBuiltDeps } from './probe-built.ts'
import type { StageJob } from './run-stage.ts'
import { type EvidenceDeps, sendEvidence } from './send-evidence.ts'
import { takeGpuLock } from './take-gpu-lock.ts'
import { adviseFinding, explainFinding } from './tell-finding.ts'
import { Unverified } from './unverified.ts'

export interface OnGpuDeps extends ProbeBuiltDeps, EvidenceDeps {
  readonly controlPlane: ProbeBuiltDeps['controlPlane'] & EvidenceDeps['controlPlane']
  readonly gpus: Pick<KeptGpus, 'look'>
  readonly noteFault: NotedFaults['note']
  /** UUIDs of GPUs on which something was left: to be told when they are clean. */
  readonly leftovers: Set<string>
  /** Folder of one lock a GPU, for all agents of this machine. */
  readonly gpuLocks: string
}

export interface OnGpuTarget {
  readonly attempt: AttemptRef
  readonly digest: Digest
  readonly facts: ImageFacts
}

/** Proves an image on the GPU that was leased. @throws Unverified with who must act when it does not pass. */
export async function verifyOnGpu(
  deps: OnGpuDeps,
  { attempt, digest, facts }: OnGpuTarget,
  outer: StageJob,
  lease: GpuLease,
): Promise<Verification> {
  const { gpu } = lease
  const job = { ...outer, signal: AbortSignal.any([outer.signal, lease.lost]) }
  const startedAt = deps.now()
  await using _ = await takeGpuLock(deps.gpuLocks, job, lease)
  const unfit = await checkGpu(deps.gpus, gpu, minFreeMib)
  if (unfit !== undefined) {
    if (unfit.code === 'GPU_LEFTOVER') holdBack(deps, lease)
    throw new Unverified(failureOf(unfit, job))
  }
  const measured = await probeBuilt(deps, job, { digest, facts, gpu })
  if (measured.stuck) holdBack(deps, lease)
  const finishedAt = deps.now()
  const evidence = evidenceOf(measured, { digest, gpu, startedAt, finishedAt })
  const { passed, fault, notes } = measured.verdict
  const sent = sendEvidence(deps, attempt, job, evidence)
  if (fault !== undefined) {
    // That it did not pass is worth more than what it rests on.
    await sent.catch(() => undefined)
    if (measured.isHardwareFault) await takeOut(deps, job, { gpu, fault, at: finishedAt })
    // The kernel log may tell by now what has happened to the GPU: it must not be given away before that is known.
    if (fault.owner !== 'image') await deps.gpus.look().catch(() => undefined)
    throw new Unverified(failureOf(fault, job))
  }
  await sent
  for (const note of notes) job.log.remark(adviseFinding(note))
  if (!passed) throw new Error('a verdict without a fault is a pass')
  const { configDigest } = measured
  return {
    digest,
    ...(configDigest && { configDigest }),
    verdict: 'gpu',
    evidence: evidence.evidence,
    nonce: evidence.nonce,
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    reasons: notes.map(({ code }) => code),
  }
}

interface Failed {
  readonly gpu: LeasedGpu
  readonly fault: Fault
  readonly at: Date
}

/** From now on it is among the GPUs of its node that work is not given to. */
async function takeOut(
  { noteFault }: Pick<OnGpuDeps, 'noteFault'>,
  { log }: Pick<StageJob, 'log'>,
  { gpu: { uuid }, fault: { code, params }, at }: Failed,
): Promise<void> {
  const { detail: _, ...told } = params
  await noteFault({ uuid, code, params: told, at: at.toISOString() })
  log.remark(
    `GPU ${uuid} fails without the image too: it gets no work until its node has been seen to`,
  )
}

/** It is looked for only once the server holds it: before, to be clean would mean nothing to it. */
function holdBack({ leftovers }: Pick<OnGpuDeps, 'leftovers'>, lease: GpuLease): void {
  lease.holdBack((uuid) => leftovers.add(uuid))
}

/** What is the image's own fault is told to its author; anything else is the farm's to mend, on another GPU. */
function failureOf(found: Fault, { log }: Pick<StageJob, 'log'>): BuildFailure {
  log.remark(adviseFinding(found))
  const code = found.owner === 'image' ? 'verification_failed' : 'gpu_failed'
  return { code, message: explainFinding(found), reasons: [found.code] }
}

interface About extends Pick<EvidenceUpload, 'digest' | 'gpu'> {
  readonly startedAt: Date
  readonly finishedAt: Date
}

const maxError = 4096

function evidenceOf(
  { attempts, verdict: { passed, evidence, fault, notes } }: Measured,
  { startedAt, finishedAt, ...about }: About,
): EvidenceUpload {
  const found = [...(fault === undefined ? [] : [fault]), ...notes]
  return {
    ...about,
    nonce: attempts.at(-1)?.nonce ?? '',
    evidence,
    passed,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    runs: attempts.map(({ driver, frameworks, error }) => ({
      ...('report' in driver && { driver: driver.report }),
      ...('report' in frameworks && { frameworks: frameworks.report }),
      error: error.slice(0, maxError),
    })),
    reasons: found,
  }
}
