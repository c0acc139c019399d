import { z } from 'zod'

/** Scopes as the token specification writes them; none to ask for a login without a token. */
export const registryLoginRequest = z.object({
  scopes: z.array(z.string().min(1).max(1024)).max(64),
})

/** How an attempt may log in to the farm's registry. */
export const registryLogin = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('token'),
    token: z.string(),
    /** Seconds from now on. */
    expires_in: z.number().int().positive(),
  }),
  /** The registry has no token service, so that nothing but the farm's own password logs in. */
  z.object({ kind: z.literal('password'), username: z.string(), password: z.string() }),
  /** There is nothing to log in with, or nothing without a token. */
  z.object({ kind: z.literal('none') }),
])
