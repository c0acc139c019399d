import type { AttemptRef, Verification } from '#contract/build.ts'
import type { Digest } from '#contract/image.ts'
import type { EvidenceUpload } from '#contract/verification.ts'
import { runProgram, type RunProgramDeps } from './run-program.ts'
import type { StageJob } from './run-stage.ts'
import { type EvidenceDeps, sendEvidence } from './send-evidence.ts'
import { adviseFinding, explainFinding } from './tell-finding.ts'
import { Unverified } from './unverified.ts'
import { askComputed, type WaitDeps } from './wait-for-gpu.ts'

export interface WithoutGpuDeps extends RunProgramDeps, WaitDeps, EvidenceDeps {
  readonly controlPlane: RunProgramDeps['controlPlane'] &
    WaitDeps['controlPlane'] &
    EvidenceDeps['controlPlane']
}

interface Settled {
  readonly evidence: 'computed' | 'none'
  readonly reasons: EvidenceUpload['reasons']
}

/**
 * What becomes of a GPU image for which there is no GPU: the project's policy decides, and what was not measured is never
 * called so. @throws Unverified when it is not to be published.
 * @param why there is no GPU.
 */
export async function verifyWithoutGpu(
  deps: WithoutGpuDeps,
  attempt: AttemptRef,
  job: StageJob,
  { digest, why }: { readonly digest: Digest; readonly why: string },
): Promise<Verification> {
  const startedAt = deps.now()
  const { evidence, reasons } = await settle(deps, attempt, job, { digest, why })
  const { command, nonce, configDigest } = await runProgram(deps, job, digest)
  const finishedAt = deps.now()
  await sendEvidence(deps, attempt, job, {
    digest,
    nonce,
    evidence,
    passed: true,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    runs: [],
    reasons,
  })
  return {
    digest,
    ...(configDigest && { configDigest }),
    verdict: 'gpu',
    evidence,
    ...(command !== undefined && { command }),
    nonce,
    durationMs: finishedAt.getTime() - startedAt.getTime(),
    reasons: reasons.map(({ code }) => code),
  }
}

async function settle(
  deps: WithoutGpuDeps,
  attempt: AttemptRef,
  job: StageJob,
  { digest, why }: { readonly digest: Digest; readonly why: string },
): Promise<Settled> {
  const { mode } = job.plan.gpu_policy
  if (mode === 'allow_unverified') {
    job.log.remark(`WARNING the image is published unverified: ${why}`)
    return { evidence: 'none', reasons: [] }
  }
  const { verdict, reasons, on } = await askComputed(deps, attempt, job, digest)
  const [first] = reasons
  const said = first === undefined ? '' : `: ${explainFinding(first)}`
  const codes = { reasons: reasons.map(({ code }) => code) }
  if (verdict === 'will_not_run') {
    for (const reason of reasons) job.log.remark(adviseFinding(reason))
    const message = `By its files the image runs on no GPU of the farm${said}`
    throw new Unverified({ code: 'verification_failed', message, ...codes })
  }
  if (mode === 'require_gpu') {
    throw new Unverified({ code: 'gpu_unavailable', message: `there is no GPU for it: ${why}` })
  }
  switch (verdict) {
    case 'runs':
    case 'runs_with_notes':
      job.log.remark(`no GPU was free (${why}); by its files the image runs on ${on ?? 'a GPU'}`)
      return { evidence: 'computed', reasons }
    case 'no_gpu_node':
      job.log.remark('WARNING no node has a GPU: what the image does on one is not known')
      return { evidence: 'computed', reasons }
    case 'doubtful':
    case 'unknown': {
      const message = `there is no GPU for it (${why}), and its files do not say enough${said}`
      throw new Unverified({ code: 'gpu_unavailable', message, ...codes })
    }
    default:
      return verdict satisfies never
  }
}
