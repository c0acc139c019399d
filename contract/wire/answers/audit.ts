import { z } from 'zod'
import { page } from './page.ts'
import { time } from './time.ts'

/** What was done, by whom. */
export const auditEntry = z.looseObject({
  seq: z.number().int(),
  at: time,
  actor: z.string().meta({ examples: ['user:alice/token-…', 'farm'] }),
  action: z.string().meta({ examples: ['build.submit'] }),
  object: z.string(),
  project: z.string().nullable(),
  detail: z.unknown().describe('The particulars of the action.'),
  chain: z
    .looseObject({
      position: z.number().int(),
      previous: z.string().optional(),
      hash: z.string().optional(),
      sealed: z.string().describe('The text that the hash is of.'),
    })
    .nullable()
    .describe('Its place in the hash chain; `null` for the second until it is part of it.'),
})

export const auditPage = page.extend({ entries: z.array(auditEntry) })

export const auditCheck = z.discriminatedUnion('ok', [
  z.looseObject({ ok: z.literal(true), rows: z.number().int(), hash: z.string() }),
  z.looseObject({
    ok: z.literal(false),
    position: z.number().int(),
    problem: z.enum(['changed', 'missing', 'added']),
  }),
])
