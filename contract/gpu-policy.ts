import type { z } from 'zod'
import type { gpuPolicy } from './wire/gpu-policy.ts'

export type GpuPolicy = z.infer<typeof gpuPolicy>

/** The policy of a project that has set none. On a farm without GPU nodes nobody waits. */
export const defaultGpuPolicy = {
  mode: 'wait_then_computed',
  wait_seconds: 600,
} as const satisfies GpuPolicy

/** Seconds that a policy lets a build wait for a GPU. Pure. */
export function gpuWaitOf(policy: GpuPolicy): number {
  return 'wait_seconds' in policy ? policy.wait_seconds : 0
}
