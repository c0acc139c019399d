import { z } from 'zod'
import { registryUsage } from './project.ts'
import { time } from './time.ts'

/** The farm's registry: what it is, what it can and plainly cannot, and what lies in it. */
export const registry = z.looseObject({
  host: z.string(),
  kind: z.string().nullable(),
  version: z.string().nullable(),
  looked_at: time.nullable(),
  can: z.record(z.string(), z.boolean().nullable()).nullable(),
  cannot: z.array(z.string()),
  breaker: z.looseObject({
    state: z.string(),
    since: time.nullable(),
    failures: z.number().int(),
    next_probe_at: time.nullable(),
  }),
  pushes: z.looseObject({
    running: z.number().int(),
    waiting: z.number().int(),
    limit: z.number().int(),
    limit_per_project: z.number().int(),
  }),
  ...registryUsage,
})
