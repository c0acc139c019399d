import { z } from 'zod'

/** The body of an error answer. Codes are text: a newer server may know more of them. */
export const problemAnswer = z.looseObject({
  type: z.string().optional(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  errors: z
    .array(
      z.looseObject({
        field: z.string().optional(),
        line: z.number().int().optional(),
        message: z.string(),
      }),
    )
    .optional(),
})
