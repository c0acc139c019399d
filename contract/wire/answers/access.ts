import { z } from 'zod'
import { roles, tokenScopes } from '../../access.ts'
import { page } from './page.ts'
import { time } from './time.ts'

/** Who calls. `user` and `token` are `null` for an operator who needs none. */
export const caller = z.looseObject({
  user: z.string().nullable(),
  operator: z.boolean(),
  token: z.looseObject({ id: z.string(), expires_at: time.nullable() }).nullable(),
  session: z
    .looseObject({ id: z.string(), expires_at: time })
    .nullish()
    .describe('Of the browser that is signed in.'),
  scopes: z.array(z.string()),
  projects: z.array(z.looseObject({ name: z.string(), role: z.string().nullable() })),
  projects_omitted: z.boolean().describe('Whether there are more projects than are told.'),
})

export const token = z.looseObject({
  id: z.string(),
  user: z.string(),
  name: z.string(),
  prefix: z.string().describe('How the token begins, by which people know it again.'),
  scopes: z.array(z.string().meta({ examples: [...tokenScopes] })),
  project: z.string().nullable().describe('The only project that it opens, if there is one.'),
  created_at: time,
  expires_at: time.nullish(),
  used_at: time.nullable(),
  revoked_at: time.nullish(),
})

export const tokenPage = page.extend({ tokens: z.array(token) })
export const newTokenAnswer = token.extend({
  token: z.string().describe('The token itself. It is answered once and never again.'),
})

export const signingKeys = z.looseObject({
  keys: z.array(
    z.looseObject({
      id: z.string(),
      state: z.enum(['signing', 'verifying', 'withdrawn']),
      algorithm: z.string().meta({ examples: ['ecdsa-p256-sha256'] }),
      public_key: z.string().describe('PEM.'),
      created_at: time,
      changed_at: time,
    }),
  ),
})

export const user = z.looseObject({
  name: z.string(),
  operator: z.boolean(),
  disabled: z.boolean(),
  created_at: time,
})
export const userPage = page.extend({ users: z.array(user) })

export const member = z.looseObject({
  user: z.string(),
  role: z.enum(roles),
  disabled: z.boolean(),
  created_at: time,
})
export const memberPage = page.extend({ members: z.array(member) })
export const memberSet = z.looseObject({ user: z.string(), role: z.enum(roles) })

export const health = z.looseObject({ status: z.string() })
