import { z } from 'zod'
import { page } from './page.ts'

/** Who is signed in with a browser, and by which ways one can. */
export const sessionState = z.looseObject({
  signed_in: z.boolean(),
  user: z.string().nullable(),
  operator: z.boolean(),
  session: z.looseObject({ id: z.string(), way: z.string(), expires_at: z.string() }).nullable(),
  /** `oidc` is what the identity provider is called, where there is one. */
  ways: z.looseObject({ token: z.boolean(), oidc: z.string().nullable() }),
  /** Whoever is on the machine is an operator, and need not sign in. */
  local: z.boolean(),
})

/** A browser that is signed in. */
const session = z.looseObject({
  id: z.string(),
  way: z.string(),
  address: z.string().nullable(),
  browser: z.string().nullable(),
  current: z.boolean(),
  created_at: z.string(),
  used_at: z.string(),
  expires_at: z.string(),
})
export const sessionPage = page.extend({ sessions: z.array(session) })
