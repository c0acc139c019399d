import { z } from 'zod'

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/)

const eventData = z.object({
  resources: z
    .array(z.object({ digest: digest.optional().catch(undefined) }))
    .max(1000)
    .nullish()
    .transform((list) => list ?? []),
  repository: z.object({ repo_full_name: z.string().max(512) }).optional(),
})

/** What a Harbor sends: a CloudEvent, whose id stays the same when it is sent again, or its own older form. */
export const harborEvent = z.union([
  z.object({ id: z.string().min(1).max(64), type: z.string().max(64), data: eventData }),
  z.object({ type: z.string().max(64), event_data: eventData }),
])
