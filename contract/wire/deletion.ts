import { z } from 'zod'
import { queryNumber } from './query-number.ts'

const day = 24 * 60 * 60

/** How something is to be deleted; all of it is optional, in the query. */
export const deletionTerms = z.object({
  /** How long it can be undone. */
  grace_seconds: queryNumber(
    z
      .number()
      .int()
      .min(0)
      .max(30 * day),
  ).default(600),
  /** For those who read the history. */
  reason: z.string().max(1000).default(''),
})
