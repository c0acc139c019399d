import { z } from 'zod'

const keep = z.coerce.number().int().min(0).max(10_000)
const days = z.coerce.number().min(0).max(36_500)

/** Which versions of an image stay: so many of the newest, and those that are younger than so many days. */
export const retentionRule = z.object({ keep: keep.default(10), days: days.default(30) })

/** What was seen before is what is done: the versions that the rule was said to let go are named. */
export const retentionRun = z.strictObject({
  keep: z.number().int().min(0).max(10_000),
  days: z.number().min(0).max(36_500),
  versions: z.array(z.number().int().positive()).max(1_000),
  grace_seconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 24 * 60 * 60)
    .default(600),
})
