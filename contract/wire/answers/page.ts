import { z } from 'zod'

/** What every list answers besides its rows. Answers are loose: a newer server may tell more. */
export const page = z.looseObject({
  next_cursor: z
    .string()
    .optional()
    .describe('Where the next page begins, as `cursor`. Absent on the last page.'),
})
