import { defaultGpuPolicy, type GpuPolicy } from '#contract/gpu-policy.ts'

export interface Farm {
  /** Any node, whether it answers now or not. */
  readonly hasGpu: boolean
  /** What the operator has set: projects may publish what was never verified. */
  readonly allowUnverified: boolean
}

/**
 * The policy that decides for a build, given what its project has set. Where no node has a GPU nobody waits for one,
 * unless the project says so; and a permission that the operator has taken back counts no more. Pure.
 */
export function effectivePolicy(set: GpuPolicy | null, farm: Farm): GpuPolicy {
  if (set === null) return farm.hasGpu ? defaultGpuPolicy : { ...defaultGpuPolicy, wait_seconds: 0 }
  if (set.mode === 'allow_unverified' && !farm.allowUnverified) {
    return { ...defaultGpuPolicy, wait_seconds: 0 }
  }
  return set
}
