import { z } from 'zod'

/** A number in a query string, which `schema` then judges. An empty parameter is none, and no zero either. */
export function queryNumber(schema: z.ZodNumber) {
  return z.string().regex(/\S/, 'is to be a number').transform(Number).pipe(schema)
}
