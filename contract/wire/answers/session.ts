import { z } from 'zod'
import { page } from './page.ts'
import { time } from './time.ts'

/** Who is signed in with a browser, and by which ways one can. */
export const sessionState = z.looseObject({
  signed_in: z.boolean(),
  user: z.string().nullable(),
  operator: z.boolean(),
  session: z.looseObject({ id: z.string(), way: z.string(), expires_at: time }).nullable(),
  ways: z.looseObject({
    token: z.boolean(),
    oidc: z.string().nullable().describe('What the identity provider is called, if there is one.'),
  }),
  local: z.boolean().describe('Whoever is on the machine is an operator, and need not sign in.'),
})

/** A browser that is signed in. */
export const session = z.looseObject({
  id: z.string(),
  user: z.string(),
  way: z.string(),
  address: z.string().nullable(),
  browser: z.string().nullable(),
  current: z.boolean(),
  created_at: time,
  used_at: time,
  expires_at: time,
})
export const sessionPage = page.extend({ sessions: z.array(session) })
