import { z } from 'zod'
import { page } from './page.ts'

/** Who calls. `user` and `token` are `null` for an operator who needs none. */
export const caller = z.looseObject({
  user: z.string().nullable(),
  operator: z.boolean(),
  scopes: z.array(z.string()),
  projects: z.array(z.looseObject({ name: z.string(), role: z.string().nullable() })),
})

export const token = z.looseObject({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.string().nullish(),
  revoked_at: z.string().nullish(),
})

export const tokenPage = page.extend({ tokens: z.array(token) })
export const newTokenAnswer = token.extend({ token: z.string() })

export const signingKeys = z.looseObject({
  keys: z.array(
    z.looseObject({
      id: z.string(),
      state: z.enum(['signing', 'verifying', 'withdrawn']),
      public_key: z.string(),
    }),
  ),
})

export const queueShare = z.looseObject({
  max_running: z.number().nullable(),
  running: z.number(),
  weight: z.number().optional(),
})

export const health = z.looseObject({ status: z.string() })
