import { z } from 'zod'

const limit = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable().optional()

/** Limits that are to change; `null` takes one away. */
export const changeQuotas = z
  .strictObject({
    builds_queued: limit,
    images: limit,
    context_bytes: limit,
    log_bytes: limit,
    gpu_minutes: limit,
    registry_bytes: limit,
    volume_bytes: limit,
    environments: limit,
    environment_gpus: limit,
  })
  .refine((change) => Object.values(change).some((one) => one !== undefined), 'nothing to change')
