import { z } from 'zod'

/** More than any image has. */
const maxBlobs = 1_002

const blob = z.object({
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** As the registry is to hold it, which is compressed. */
  bytes: z.number().int().nonnegative(),
})

/** A node asks before it pushes, and again when the registry did not take it. */
export const pushRequest = z.strictObject({
  /** The push that it was let go failed, and not by its own fault: the registry did not answer, or with 5xx. */
  failed: z.boolean(),
  /** All that the image is made of: its manifest, configuration and layers. Absent where the node cannot say. */
  blobs: z.array(blob).max(maxBlobs).optional(),
})

export const pushAnswer = z.discriminatedUnion('state', [
  z.object({ state: z.literal('go') }),
  z.object({
    state: z.literal('wait'),
    /** In words, for people. */
    reason: z.string(),
    /** When to ask again, in ms. */
    retry_ms: z.number().int().nonnegative(),
  }),
])
