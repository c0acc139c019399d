import { z } from 'zod'
import { retentionCauses, useKinds } from '../../retention.ts'
import { attachment, shownReason, shownVerification, versionBuild } from './build.ts'
import { page } from './page.ts'
import { time } from './time.ts'

const shownImage = {
  id: z.number(),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  size: z.number().describe('Bytes.'),
  is_official: z.boolean(),
}

export const imageSummary = z.looseObject({ ...shownImage, unverified: z.boolean().optional() })

export const imagePage = page.extend({ images: z.array(imageSummary) })

/** What a person chooses an image by. `fit` counts kinds of GPU nodes, `null` where there are none or nobody knows. */
export const listedImage = imageSummary.extend({
  project: z.string().nullish(),
  visibility: z.string(),
  available: z.boolean(),
  created_at: z.string(),
  versions: z.number(),
  version: z
    .looseObject({
      number: z.number(),
      digest: z.string(),
      published_at: z.string(),
      submitted_by: z.string().nullable(),
      deprecated: z.string().nullable(),
      verification: shownVerification.nullable(),
    })
    .nullable(),
  building: z.string().nullable(),
  software: z.array(z.looseObject({ name: z.string(), version: z.string() })).nullable(),
  fit: z
    .looseObject({
      classes: z.number(),
      runs: z.number(),
      doubtful: z.number(),
      will_not_run: z.number(),
      not_gpu: z.number(),
    })
    .nullable(),
})

export const listedImagePage = page.extend({ images: z.array(listedImage) })

export const imageDetail = imageSummary.extend({
  project: z.string().nullish(),
  visibility: z.string(),
  shared_with: z.array(z.string()),
  rebuild_on_base: z.boolean(),
  rebuild: z
    .looseObject({
      checked_at: time.nullable(),
      problem: z.string().nullable(),
      stopped_at: time.nullable(),
    })
    .nullable(),
  available: z.boolean(),
  size_is: z.enum(['nominal', 'measured']),
  digest: z.string().nullable(),
  reference: z
    .string()
    .nullable()
    .describe('Host and repository with the digest, where it lies in the registry.'),
  created_at: time,
  verification: shownVerification.nullable(),
  note: z.string().optional(),
})

const deletion = z.looseObject({
  state: z.string(),
  undo_until: time.optional(),
  refusal: z
    .looseObject({
      code: z.string().optional(),
      message: z.string(),
      advice: z.string().optional(),
    })
    .nullish(),
  detail: z.unknown().optional(),
})

const findings = z.record(z.string(), z.number())

const scan = z
  .looseObject({
    state: z.string(),
    detail: z.string(),
    findings: findings.nullable(),
    scanned_at: time.nullable(),
    late_findings: z.looseObject({ findings, since: time.nullable() }).nullable(),
  })
  .nullable()

export const versionSummary = z.looseObject({
  number: z.number(),
  digest: z.string(),
  reference: z.string(),
  size: z.number().describe('Bytes.'),
  build_id: z.string().nullish(),
  current: z.boolean().describe('Whether the name points at it.'),
  pinned: z.boolean(),
  deprecated: z.string().nullable(),
  verification: shownVerification.nullable(),
  attachment: attachment.optional(),
  scan: scan.optional(),
  checked_at: time.nullish(),
  missing: z.array(z.unknown()).describe('What the registry has lost of it.'),
  deletion: deletion.nullable(),
  created_at: time,
})

export const versionPage = page.extend({ versions: z.array(versionSummary) })

const layer = {
  digest: z.string().optional(),
  size: z.number(),
  media_type: z.string().optional(),
  made_by: z.string().nullish(),
}

export const versionDetail = versionSummary.extend({
  build: versionBuild.nullish().describe('Absent for who does not see its project.'),
  base: z.record(z.string(), z.unknown()).nullish(),
  layers: z.array(z.looseObject({ ...layer, from_base: z.boolean().nullish() })).nullable(),
  config: z.record(z.string(), z.unknown()).nullish(),
  classes: z
    .array(
      z.looseObject({
        gpu: z.string(),
        driver: z.string(),
        nodes: z.number().int(),
        verdict: z.string(),
        evidence: z.string(),
        reasons: z.array(z.string()),
      }),
    )
    .optional(),
})

const change = z.looseObject({
  name: z.string(),
  change: z.enum(['added', 'removed', 'changed']),
  from: z.string().nullable(),
  to: z.string().nullable(),
})

const diffSide = z.looseObject({ number: z.number().int(), digest: z.string() })

export const versionDiff = z.looseObject({
  from: diffSide.optional(),
  to: diffSide.optional(),
  same: z.boolean(),
  size: z.looseObject({ from: z.number(), to: z.number(), change: z.number() }),
  software: z.array(change).nullable(),
  packages: z
    .looseObject({
      changes: z.array(change),
      next_cursor: z.string().optional(),
      truncated: z.boolean().optional(),
    })
    .nullable(),
  config: z
    .looseObject({ env: z.array(change), labels: z.array(change), settings: z.array(change) })
    .nullable(),
  layers: z
    .looseObject({
      shared: z.looseObject({ count: z.number().int(), bytes: z.number() }).optional(),
      added: z.array(z.looseObject(layer)),
      removed: z.array(z.looseObject(layer)),
    })
    .nullable(),
  unknown: z.array(
    z.looseObject({
      version: z.number(),
      what: z.array(z.string()).optional(),
      why: z.string(),
    }),
  ),
})

/** What makes the packages of a version again. */
export const versionLock = z.looseObject({
  base: z.looseObject({ reference: z.string(), pinned: z.string() }).nullable(),
  base_read: z.boolean(),
  packages: z.record(z.string(), z.unknown()),
  omitted: z.number().int(),
})

/** What hangs on a version in the registry. */
export const attestation = z.looseObject({
  kind: z.string(),
  digest: z.string(),
  state: z.enum(['attached', 'pending', 'removed', 'none']),
  tries: z.number().int().optional(),
  next_try_at: time.nullish(),
  manifest: z.string().nullish(),
  key_id: z.string().nullish(),
  problem: z.string().nullish(),
  document: z.unknown().optional(),
  asked_at: time.optional(),
})

export const move = z.looseObject({
  id: z.number(),
  kind: z.string(),
  actor: z.string(),
  reason: z.string(),
  state: z.enum(['pending', 'moved', 'refused']),
  from: z.number().nullable(),
  to: z.number().nullable(),
  refusal: z
    .looseObject({ code: z.string().optional(), message: z.string(), advice: z.string() })
    .nullable(),
  tagged: z.boolean().optional(),
  created_at: time,
  finished_at: time.nullish(),
})

export const movePage = page.extend({ moves: z.array(move) })

export const rolledBack = move.extend({
  environments: z
    .array(z.unknown())
    .describe('Those that stay on the version from which they were started.'),
})

export const imageDeletion = z.looseObject({
  image_id: z.number(),
  versions: z.number().int().optional(),
  undo_until: time.optional(),
  restored: z.boolean().optional(),
})

export const retentionPreview = z.looseObject({
  image_id: z.number(),
  name: z.string(),
  goes: z.array(z.number().int()),
  versions: z.array(
    z.looseObject({
      number: z.number().int(),
      digest: z.string(),
      size: z.number(),
      goes: z.boolean(),
      because: z.enum(retentionCauses),
      why: z.string().describe('The same in words.'),
      uses: z.array(
        z.looseObject({
          kind: z.enum(useKinds),
          by: z.string().nullable().describe('Id of the build, move or environment.'),
        }),
      ),
    }),
  ),
  newer: z.number().int().describe('How many newer ones were not looked at.'),
})

export const retentionPage = page.extend({ images: z.array(retentionPreview) })

export const retentionResult = z.looseObject({
  image_id: z.number(),
  versions: z.array(
    z.looseObject({ number: z.number().int(), goes: z.boolean(), why: z.string().nullable() }),
  ),
})

const cell = {
  verdict: z.string(),
  evidence: z.string(),
  measured: z.record(z.string(), z.unknown()).nullish(),
  reasons: z.array(shownReason),
  suggestion: z
    .looseObject({ text: z.string(), code: z.string().optional(), owner: z.string().optional() })
    .nullable(),
}

export const compatibility = z.looseObject({
  image_id: z.number().optional(),
  name: z.string(),
  version: z.number().nullable(),
  digest: z.string().nullish(),
  evidence: z.enum(['unknown', 'computed']).optional(),
  at: time.optional(),
  findings: z.array(shownReason).optional(),
  classes: z.array(
    z.looseObject({
      gpu: z.string(),
      mig: z.unknown().optional(),
      simulated: z.boolean().optional(),
      capability: z.string().nullish(),
      driver: z.string(),
      cuda: z.string().nullish(),
      memory_bytes: z.number().optional(),
      arch: z.string().optional(),
      nodes: z.looseObject({ count: z.number(), names: z.array(z.string()).optional() }),
      ...cell,
    }),
  ),
  classes_omitted: z.number().int().optional(),
  facts: z.unknown().optional(),
})

const ofImage = {
  image_id: z.number().optional(),
  name: z.string(),
  version: z.number().nullish(),
  digest: z.string().nullish(),
}

export const nodeUpgrade = page.extend({
  node_id: z.string().optional(),
  node: z.string().optional(),
  from: z.unknown(),
  to: z.string(),
  cuda: z.string().nullish(),
  summary: z
    .looseObject({
      begin: z.number().int().optional(),
      stop: z.number().int().optional(),
      looked_at: z.number().int().optional(),
      complete: z.boolean().optional(),
      text: z.string(),
    })
    .nullable(),
  images: z.array(
    z.looseObject({
      ...ofImage,
      change: z.string().optional(),
      before: z.looseObject(cell).optional(),
      after: z.looseObject(cell).optional(),
    }),
  ),
})

export const nodeImages = page.extend({
  images: z.array(
    z.looseObject({
      ...ofImage,
      version: z.number().nullable(),
      gpu: z.string().nullish(),
      ...cell,
    }),
  ),
})
