import { z } from 'zod'

const text = z.string().max(512)
const bytes = z.number().int().nonnegative()
const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)
/** `GPU-…`, or `MIG-…` for an instance of a divided GPU. */
const uuid = z
  .string()
  .regex(/^(GPU|MIG)-[\w-]{1,58}$/, 'expected a UUID as the driver prints it, such as GPU-…')

/** A whole GPU or one MIG instance: what is leased is always one of these, by its UUID. */
export const leasedGpu = z.object({
  uuid,
  /** Name of the card, also for an instance of it. */
  name: text,
  driver: text,
  /** Compute capability such as `8.0`. */
  capability: z
    .string()
    .regex(/^\d{1,2}\.\d{1,2}$/)
    .optional(),
  memory_bytes: bytes,
  /** Profile of a MIG instance, such as `1g.10gb`. */
  mig: text.optional(),
  /** It stands in for a GPU in tests: nothing that it does is ever measured. */
  simulated: z.boolean().optional(),
})

/** Asks for a GPU of the attempt's own node, and again to keep the one that was granted. */
export const gpuRequest = z.object({
  /** What is to be verified on it. */
  digest,
  /** Verifications are served before builds that want a device. */
  purpose: z.enum(['verification', 'build']).default('verification'),
  needs: z
    .object({
      /** The lowest compute capability that will do. */
      capability: z
        .string()
        .regex(/^\d{1,2}\.\d{1,2}$/)
        .optional(),
      /** Memory that must be free. */
      free_bytes: bytes.optional(),
    })
    .default({}),
})

export const gpuAnswer = z.discriminatedUnion('state', [
  /** Exclusive for `lease_ms`; asking again renews it. */
  z.object({ state: z.literal('granted'), gpu: leasedGpu, lease_ms: z.number().int().positive() }),
  /** The node has such GPUs, and all are taken: ask again after `retry_ms`. */
  z.object({
    state: z.literal('busy'),
    /** In words, for people. */
    reason: text,
    retry_ms: z.number().int().positive(),
  }),
  /** The node has no such GPU in good health. */
  z.object({
    state: z.literal('none'),
    reason: text,
    /** Another ready node has one: the attempt should end with `gpu_elsewhere`. */
    elsewhere: z.boolean(),
  }),
])

/** Gives the GPU of an attempt back. */
export const gpuRelease = z.object({
  /** Something still runs on it that cannot be stopped: nobody gets it before its node says that it is clean. */
  leftover: z.boolean().default(false),
})
