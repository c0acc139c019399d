import { z } from 'zod'
import { status } from './build.ts'

/** A line of the log. `line` is the number of lines of the attempt up to and with it. */
export const logEvent = z.looseObject({
  attempt: z.number().int(),
  line: z.number().int(),
  at: z.string(),
  stage: z.string(),
  step: z.number().int(),
  stream: z.enum(['stdout', 'stderr', 'progress']),
  text: z.string(),
  continued: z.boolean().optional(),
})

export const stageEvent = z.looseObject({ status, stage: z.string(), attempt: z.number().int() })

export const endEvent = z.looseObject({ status, digest: z.string().nullable() })
