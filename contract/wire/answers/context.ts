import { z } from 'zod'

export const contextStored = z.looseObject({
  context: z.string(),
  bytes: z.number(),
  files: z.number(),
})
