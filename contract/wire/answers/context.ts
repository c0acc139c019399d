import { z } from 'zod'

export const contextStored = z.looseObject({
  context: z.string().describe('Digest, by which a submit names it.'),
  bytes: z.number(),
  files: z.number(),
})
