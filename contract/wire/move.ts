import { z } from 'zod'

const words = z.string().max(1000)

/** To which version a name is to go, forwards or back. */
export const rollBack = z.object({
  version: z
    .number()
    .int()
    .positive()
    .max(2 ** 31 - 1),
  /** For those who read the history. */
  reason: words.default(''),
})

/** What people note about a version. What is absent stays as it is. */
export const changeVersion = z
  .object({
    /** A pinned version is never cleaned up. */
    pinned: z.boolean().optional(),
    /** Why it should not be used any more; `null` takes it back. */
    deprecated: words.min(1).nullable().optional(),
  })
  .refine(({ pinned, deprecated }) => pinned !== undefined || deprecated !== undefined, {
    message: 'nothing to change: pinned or deprecated is needed',
  })
