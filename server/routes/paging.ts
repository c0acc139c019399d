import { z } from 'zod'

/** Page size that every list takes; the next page is asked for with the answer's `next_cursor`. */
export const limit = z.coerce.number().int().min(1).max(200).default(50)

export const idCursor = z.coerce.number().int().positive().optional()

/** A query parameter that is `true` or `false`. */
export const flag = z
  .enum(['true', 'false'])
  .transform((value) => value === 'true')
  .optional()
