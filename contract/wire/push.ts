import { z } from 'zod'

/** A node asks before it pushes, and again when the registry did not take it. */
export const pushRequest = z.strictObject({
  /** The push that it was let go failed, and not by its own fault: the registry did not answer, or with 5xx. */
  failed: z.boolean(),
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
