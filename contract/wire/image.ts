import { z } from 'zod'
import { projectName } from './project.ts'

const maxShares = 100

export const imageVisibility = z.enum(['public', 'project', 'private'])

/** What of an image can be changed. What is absent stays as it is. */
export const changeImage = z
  .strictObject({
    description: z.string().max(4096).optional(),
    category: z.string().min(1).max(64).optional(),
    visibility: imageVisibility.optional(),
    /** Names of other projects that may build on it; the list is replaced. */
    shared_with: z.array(projectName).max(maxShares).optional(),
    /** Whether it is built again by itself when a base of it moves. */
    rebuild_on_base: z.boolean().optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    message: 'nothing to change',
  })
  .refine(
    ({ visibility, shared_with: shared = [] }) => visibility !== 'private' || shared.length === 0,
    {
      message: 'a private image is shared with nobody',
      path: ['shared_with'],
    },
  )
