import { z } from 'zod'

/** Builds that run at once; `null` takes the limit away. */
const maxRunning = z.number().int().min(1).max(100_000).nullable()

const isChange = (change: object) => Object.values(change).some((value) => value !== undefined)
const nothing = { error: 'nothing to change' }

/** What of the farm's queue can be changed; what is absent stays as it is. */
export const changeQueue = z
  .strictObject({ max_running: maxRunning.optional() })
  .refine(isChange, nothing)

/** What of a project's part in it can be changed. */
export const changeProjectQueue = z
  .strictObject({
    weight: z.number().int().min(1).max(1000).optional(),
    max_running: maxRunning.optional(),
  })
  .refine(isChange, nothing)
