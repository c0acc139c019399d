import type { ImageFacts } from '#contract/image-facts.ts'
import type { LeasedGpu } from '#contract/gpu-lease.ts'
import type { VerificationReason } from '#contract/verification.ts'
import type { Suggestion } from '../cuda/tables/suggestions.ts'
import { classifyGpu } from '../cuda/verdict/classify-gpu.ts'
import { judge } from '../cuda/verdict/judge.ts'
import { type Finding, finding, type Verdict } from '../cuda/verdict/judgement.ts'
import { suggest } from '../cuda/verdict/suggest.ts'
import { classKey } from '../records/gpu-class.ts'
import type { Proof } from '../records/proofs.ts'
import type { Known } from './read-known.ts'

/** What is known of one image on one class of GPUs. */
export interface Cell {
  readonly verdict: Verdict | 'unknown'
  readonly evidence: 'measured' | 'simulated' | 'computed' | 'unknown'
  readonly reasons: readonly VerificationReason[]
  /** The smallest change that would help, where the files say so. */
  readonly suggestion: Suggestion | undefined
  /** The measurement that decided; absent when none was made on this class. */
  readonly proof?: Proof
}

/**
 * What was measured on a class wins over what the files say of it. A driver that was changed makes another class, so that
 * nothing counts that was measured before. Pure.
 */
export function judgeCell({ facts, proofs }: Known, gpu: LeasedGpu, arch: string): Cell {
  const key = classKey(gpu, arch)
  const proof = proofs.find((each) => classKey(each.gpu, each.arch) === key)
  if (proof === undefined) return compute(facts, gpu, arch)
  const evidence = proof.evidence === 'simulated' ? 'simulated' : 'measured'
  const { reasons } = proof
  if (!proof.passed) {
    const { suggestion } = compute(facts, gpu, arch)
    return { verdict: 'will_not_run', evidence, reasons, suggestion, proof }
  }
  const noted = reasons.some(({ severity }) => severity === 'note' || severity === 'warn')
  const verdict = noted ? 'runs_with_notes' : 'runs'
  return { verdict, evidence, reasons, suggestion: undefined, proof }
}

function compute(facts: ImageFacts | undefined, gpu: LeasedGpu, arch: string): Cell {
  const node = classifyGpu(gpu, arch)
  if (node === undefined) return unknown(finding('GPU_UNKNOWN_CC', { gpu: gpu.name }))
  if (facts === undefined) return unknown(finding('IMAGE_NOT_ANALYSED'))
  const { verdict, reasons } = judge(facts, node)
  const suggestion = suggest(facts, node)
  return { verdict, evidence: 'computed', reasons, suggestion }
}

function unknown(why: Finding): Cell {
  return { verdict: 'unknown', evidence: 'unknown', reasons: [why], suggestion: undefined }
}
