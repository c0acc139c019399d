import { z } from 'zod'

/** What of a `config.json` of Docker's is read: who logs in where. Source: Docker's documentation of `docker login`. */
export const dockerConfig = z.looseObject({
  auths: z.record(z.string(), z.looseObject({ auth: z.string().optional() })).default({}),
})
