import { z } from 'zod'
import { userName } from './access.ts'
import { projectName } from './project.ts'

/** Builds that run at once; `null` takes the limit away. */
const maxRunning = z.number().int().min(1).max(100_000).nullable()

const isChange = (change: object) => Object.values(change).some((value) => value !== undefined)
const nothing = { error: 'nothing to change' }

const limits = {
  max_running: maxRunning.optional(),
  /** Of the builds of one user: on the whole farm, or in a project. */
  max_running_per_user: maxRunning.optional(),
}

/** What of the farm's queue can be changed; what is absent stays as it is. */
export const changeQueue = z.strictObject(limits).refine(isChange, nothing)

const weight = z.number().int().min(1).max(1000)

/** What of a project's part in it can be changed. */
export const changeProjectQueue = z
  .strictObject({ weight: weight.optional(), ...limits })
  .refine(isChange, nothing)

/** What a user of a project gets of that against the others. */
export const changeUserTurns = z.strictObject({ weight })

/** Why nothing is placed, in words, for those whose builds wait. */
export const pauseQueue = z.strictObject({
  reason: z.string().trim().min(1).max(200).default('paused by an operator'),
})

/** Where a waiting build is to come, and where to go; `null` lets it go anywhere. */
export const orderBuild = z
  .strictObject({
    raised: z.union([z.literal(-1), z.literal(0), z.literal(1)]).optional(),
    node: z.string().min(1).max(40).nullable().optional(),
  })
  .refine(isChange, nothing)

/** Which waiting builds are meant; what is absent lets all through. */
export const cancelFilter = z
  .strictObject({
    project: projectName.optional(),
    /** Who has submitted them. */
    user: userName.optional(),
    name: z.string().min(1).max(256).optional(),
    platform: z.string().min(1).max(64).optional(),
    priority: z.enum(['interactive', 'scheduled']).optional(),
    waited_seconds: z.number().int().min(0).max(31_536_000).optional(),
  })
  .refine(isChange, { error: 'name at least one property of the builds' })

/** Without `at_most` nothing is cancelled: the answer says how many it would be. */
export const cancelWaiting = z.strictObject({
  filter: cancelFilter,
  at_most: z.number().int().min(1).max(1_000_000).optional(),
})
