import { z } from 'zod'
import { shownReason, shownVerification } from './build.ts'
import { page } from './page.ts'

export const imageSummary = z.looseObject({
  id: z.number(),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  size: z.number(),
  is_official: z.boolean(),
  unverified: z.boolean().optional(),
})

export const imagePage = page.extend({ images: z.array(imageSummary) })

export const imageDetail = imageSummary.extend({
  project: z.string().nullish(),
  visibility: z.string(),
  available: z.boolean(),
  digest: z.string().nullable(),
  /** Host and repository with the digest, where it lies in the registry. */
  reference: z.string().nullable(),
  verification: shownVerification.nullable(),
  note: z.string().optional(),
})

const deletion = z.looseObject({
  state: z.string(),
  undo_until: z.string().optional(),
  refusal: z.looseObject({ message: z.string() }).nullish(),
})

export const versionSummary = z.looseObject({
  number: z.number(),
  digest: z.string(),
  reference: z.string(),
  size: z.number(),
  build_id: z.string().nullish(),
  current: z.boolean(),
  pinned: z.boolean(),
  deprecated: z.string().nullable(),
  verification: shownVerification.nullable(),
  missing: z.array(z.unknown()),
  deletion: deletion.nullable(),
  created_at: z.string(),
})

export const versionPage = page.extend({ versions: z.array(versionSummary) })

export const versionDetail = versionSummary.extend({
  layers: z.array(z.looseObject({ size: z.number(), made_by: z.string().nullish() })).nullable(),
})

const change = z.looseObject({
  name: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  from: z.string().nullable(),
  to: z.string().nullable(),
})

export const versionDiff = z.looseObject({
  same: z.boolean(),
  size: z.looseObject({ from: z.number(), to: z.number(), change: z.number() }),
  software: z.array(change).nullable(),
  packages: z
    .looseObject({ changes: z.array(change), next_cursor: z.string().optional() })
    .nullable(),
  config: z
    .looseObject({ env: z.array(change), labels: z.array(change), settings: z.array(change) })
    .nullable(),
  layers: z.looseObject({ added: z.array(z.unknown()), removed: z.array(z.unknown()) }).nullable(),
  unknown: z.array(z.looseObject({ version: z.number(), why: z.string() })),
})

export const move = z.looseObject({
  id: z.number(),
  kind: z.string(),
  actor: z.string(),
  reason: z.string(),
  state: z.enum(['pending', 'moved', 'refused']),
  from: z.number().nullable(),
  to: z.number().nullable(),
  refusal: z.looseObject({ message: z.string(), advice: z.string() }).nullable(),
  created_at: z.string(),
})

export const movePage = page.extend({ moves: z.array(move) })

export const imageDeletion = z.looseObject({ image_id: z.number() })

const cell = {
  verdict: z.string(),
  evidence: z.string(),
  reasons: z.array(shownReason),
  suggestion: z.looseObject({ text: z.string() }).nullable(),
}

export const compatibility = z.looseObject({
  name: z.string(),
  version: z.number().nullable(),
  classes: z.array(
    z.looseObject({
      gpu: z.string(),
      driver: z.string(),
      nodes: z.looseObject({ count: z.number() }),
      ...cell,
    }),
  ),
})

export const nodeUpgrade = page.extend({
  from: z.unknown(),
  to: z.string(),
  summary: z.looseObject({ text: z.string() }).nullable(),
  images: z.array(z.looseObject({ name: z.string(), change: z.string().optional() })),
})

export const nodeImages = page.extend({
  images: z.array(z.looseObject({ name: z.string(), version: z.number().nullable(), ...cell })),
})
