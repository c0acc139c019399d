import { z } from 'zod'
import { time } from './time.ts'

const ends = {
  succeeded: z.number(),
  failed: z.number(),
  cancelled: z.number(),
  timed_out: z.number(),
}

const wait = {
  waited: z.number(),
  wait_p50_ms: z.number().nullable(),
  wait_p95_ms: z.number().nullable(),
}

/** How builds have fared lately, whole and by parts of the time. */
export const overview = z.looseObject({
  since: time,
  part_ms: z.number(),
  queue: z.looseObject({
    waiting: z.number(),
    waiting_more: z.boolean(),
    running: z.number(),
  }),
  wait: z.looseObject(wait),
  ends: z.looseObject(ends),
  causes: z.array(
    z.looseObject({
      code: z.string(),
      count: z.number(),
      actor: z.enum(['user', 'registry', 'farm']),
    }),
  ),
  cache: z.looseObject({ steps: z.number(), cached: z.number() }),
  nodes: z.looseObject({
    all: z.number(),
    ready: z.number(),
    drained: z.number(),
    disk_low: z.number(),
    slots: z.number(),
    gpus: z.number(),
  }),
  series: z.array(z.looseObject({ at: time, ...wait, ...ends })),
})
