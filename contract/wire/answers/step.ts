import { z } from 'zod'

/** A step whole, whenever it has changed. Durations in ms; `null` while it runs. */
export const stepEvent = z.looseObject({
  stage: z.string(),
  attempt: z.number().int(),
  number: z.number().int(),
  name: z.string(),
  line: z.number().int().nullable(),
  started_at: z.string(),
  duration_ms: z.number().nullable(),
  cached: z.boolean(),
  error: z.string().nullable(),
  transferred_bytes: z.number(),
})
