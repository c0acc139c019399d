import { z } from 'zod'
import { queryNumber } from './query-number.ts'

const keep = z.number().int().min(0).max(10_000)
const days = z.number().min(0).max(36_500)

/** Which versions of an image stay: so many of the newest, and those that are younger than so many days. */
export const retentionRule = z.object({
  keep: queryNumber(keep).default(10),
  days: queryNumber(days).default(30),
})

/** What was seen before is what is done: the versions that the rule was said to let go are named. */
export const retentionRun = z.strictObject({
  keep,
  days,
  versions: z.array(z.number().int().positive()).max(1_000),
  grace_seconds: z
    .number()
    .int()
    .min(0)
    .max(30 * 24 * 60 * 60)
    .default(600),
})
