import { z } from 'zod'
import { shownWait } from './build.ts'
import { page } from './page.ts'
import { time } from './time.ts'

const paused = z.looseObject({ since: time.nullable(), reason: z.string() }).nullable()

const farm = {
  paused,
  max_running: z.number().int().nullable(),
  max_running_per_user: z
    .number()
    .int()
    .nullable()
    .describe('Builds of one user that run at once at most, in all projects together.'),
  running: z.number().int(),
}

/** How much of the farm is at work, and how much may be. */
export const farmQueue = z.looseObject(farm)

/** The builds that wait, in the order in which they will go. */
export const queuePage = page.extend({
  ...farm,
  builds: z.array(
    shownWait.extend({
      id: z.string(),
      project: z.string(),
      user: z.string().nullable().describe('Who has submitted it; null for nobody by name.'),
      name: z.string(),
      priority: z.string(),
      raised: z.number().int(),
      waiting_since: time.nullable(),
      reason: z.string().nullable(),
    }),
  ),
})

/** A project's part in it. */
export const queueShare = z.looseObject({
  paused: paused.optional(),
  max_running: z.number().nullable(),
  max_running_per_user: z
    .number()
    .nullable()
    .describe('Builds of one user in it that run at once at most.'),
  running: z.number(),
  weight: z.number().optional(),
  user_weights: z
    .array(z.looseObject({ user: z.string(), weight: z.number().int() }))
    .optional()
    .describe('Users in it whose weight is not 1.'),
})

export const cancelledMany = z.looseObject({
  count: z.number().int().describe('How many builds are meant.'),
  cancelled: z.number().int(),
})
