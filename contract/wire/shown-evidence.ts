import { z } from 'zod'

/** What of a document of the type `evidenceType` is said to people. */
export const shownEvidence = z.looseObject({
  version: z.literal(1),
  node_id: z.string(),
  arch: z.string().optional(),
  digest: z.string(),
  evidence: z.string(),
  passed: z.boolean(),
  finished_at: z.string(),
  gpu: z.looseObject({ name: z.string(), driver: z.string() }).optional(),
})

/** What of a list of packages is said to people. */
export const shownPackages = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  components: z.array(z.unknown()).default([]),
  metadata: z
    .looseObject({
      properties: z.array(z.looseObject({ name: z.string(), value: z.string() })).default([]),
    })
    .optional(),
})
