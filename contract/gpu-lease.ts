import type { z } from 'zod'
import type { gpuAnswer, gpuRequest, leasedGpu } from './wire/gpu-lease.ts'

export type LeasedGpu = z.infer<typeof leasedGpu>
export type GpuRequest = z.infer<typeof gpuRequest>
export type GpuAnswer = z.infer<typeof gpuAnswer>

/** How long a GPU stays leased without being asked for again, in ms of server time. */
export const gpuLeaseMs = 30_000

/** After which time to ask again for a GPU that is taken, in ms. */
export const gpuRetryMs = 2_000
