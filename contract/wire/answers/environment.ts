import { z } from 'zod'
import { page } from './page.ts'

/** A container that was started from a version of an image. Sizes in bytes. */
export const shownEnvironment = z.looseObject({
  id: z.string(),
  project: z.string(),
  image: z.string(),
  version: z.number().nullable(),
  digest: z.string(),
  state: z.string(),
  reason: z
    .looseObject({ code: z.string(), text: z.string(), detail: z.string().nullish() })
    .nullable(),
  waiting_reason: z.string().nullable(),
  node: z.string().nullable(),
  cpu: z.number(),
  memory_bytes: z.number(),
  ports: z.array(z.number()),
  exit_code: z.number().nullable(),
  created_at: z.string(),
})

export const environmentPage = page.extend({ environments: z.array(shownEnvironment) })

/** A part of an environment's log, as an event. */
export const environmentLog = z.looseObject({ text: z.string() })

/** The last that an environment's terminal says. */
export const terminalEnd = z.looseObject({ exit_code: z.number().int().nullish() })
