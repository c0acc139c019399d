import { z } from 'zod'
import { roles, tokenScopes } from '../access.ts'
import { projectName } from './project.ts'

export const userName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._@-]{0,63}$/,
    'expected up to 64 lower-case letters, digits, ".", "_", "@" and "-", the first a letter or digit',
  )

export const newUser = z.strictObject({ name: userName, operator: z.boolean().default(false) })

export const changeUser = z
  .strictObject({ operator: z.boolean().optional(), disabled: z.boolean().optional() })
  .refine((change) => Object.keys(change).length > 0, 'nothing is to be changed')

export const memberRole = z.strictObject({ role: z.enum(roles) })

/** `user` is the caller when absent; `project` binds the token to one. */
export const newToken = z.strictObject({
  name: z.string().trim().min(1).max(64),
  user: userName.optional(),
  scopes: z.array(z.enum(tokenScopes)).min(1).max(tokenScopes.length),
  project: projectName.optional(),
  expires_in_days: z.number().int().min(1).max(366).default(90),
})
