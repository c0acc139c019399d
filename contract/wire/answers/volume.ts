import { z } from 'zod'
import { volumeModes } from '../../volume.ts'
import { page } from './page.ts'

/** A volume that nodes offer to environments. Sizes in bytes, of the whole file system, as each node has last told. */
export const shownVolume = z.looseObject({
  name: z.string(),
  node_count: z.number().int().describe('How many nodes offer it.'),
  nodes: z
    .array(
      z.looseObject({
        id: z.string(),
        name: z.string(),
        ready: z.boolean(),
        mode: z.string().meta({ examples: [...volumeModes] }),
        total_bytes: z.number(),
        free_bytes: z.number(),
      }),
    )
    .describe('The first of them by name.'),
})

export const volumePage = page.extend({ volumes: z.array(shownVolume) })
