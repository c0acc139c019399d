import { sql } from 'kysely'
import type { LeasedGpu } from '#contract/gpu-lease.ts'

/** Equal for GPUs that an image cannot tell apart: what was measured on one counts for all of them, and for no other. Pure. */
export function classKey(gpu: LeasedGpu, arch: string): string {
  const { name, driver, capability, memory_bytes, mig, simulated = false } = gpu
  return JSON.stringify([name, driver, capability, memory_bytes, mig, simulated, arch])
}

/** The same of a row of `evidence`, as JSON. */
export const classOfEvidence = sql`jsonb_build_array(
  gpu->'name', gpu->'driver', gpu->'capability', gpu->'memory_bytes', gpu->'mig',
  coalesce(gpu->'simulated', 'false'), arch)`
