import { z } from 'zod'

const waitSeconds = z.number().int().min(0).max(86_400)

/** What becomes of a GPU image that finds no GPU to be verified on. */
export const gpuPolicy = z.discriminatedUnion('mode', [
  /** It is not published. */
  z.strictObject({ mode: z.literal('require_gpu'), wait_seconds: waitSeconds }),
  /** What its files say decides. */
  z.strictObject({ mode: z.literal('wait_then_computed'), wait_seconds: waitSeconds }),
  /** It is published at once, marked as unverified. */
  z.strictObject({ mode: z.literal('allow_unverified') }),
])

export const gpuModes = gpuPolicy.options.map(({ shape }) => shape.mode.value)
