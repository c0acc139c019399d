import { z } from 'zod'
import { time } from './time.ts'

/** What whoever looks after a farm asks first. */
export const aboutFarm = z.looseObject({
  version: z.string().describe('Of the server.'),
  now: time.describe('By the clock of the server.'),
  temporal: z.looseObject({
    answers: z.boolean(),
    workers: z
      .number()
      .int()
      .nullable()
      .describe('That have asked for work lately; null where Temporal does not answer.'),
  }),
})
