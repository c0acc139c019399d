import { z } from 'zod'
import { finalStatuses } from '../../stage.ts'
import { imageVisibility } from '../image.ts'
import { saveChoices } from '../save.ts'
import { page } from './page.ts'
import { problemAnswer } from './problem.ts'
import { stepEvent } from './step.ts'
import { time } from './time.ts'

export const status = z.enum(['building', ...finalStatuses])

/** Why a build did not succeed, with who must act. Codes are text: a newer server may know more of them. */
export const shownFailure = z.looseObject({
  code: z.string(),
  message: z.string(),
  line: z.number().int().positive().optional().describe('Of the Dockerfile, counted from 1.'),
  stage: z.string().optional(),
  exitCode: z.number().int().optional(),
  reasons: z.array(z.string()).readonly().optional(),
  actor: z.enum(['user', 'registry', 'farm']).describe('Who must act for the next one to succeed.'),
  advice: z.string(),
})

/** What a list shows of a build. Sizes in bytes, durations in ms. */
export const buildSummary = z.looseObject({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  submitted_by: z
    .string()
    .nullish()
    .describe('Name of the user; `null` where that was nobody by name, or the farm by itself.'),
  status,
  stage: z.string(),
  attempt: z.number().int(),
  priority: z.string(),
  node_id: z.string().nullable(),
  waiting_reason: z.string().nullable(),
  digest: z.string().nullable(),
  size: z.number().nullable().describe('Bytes.'),
  failure: shownFailure.nullable(),
  cancel_requested: z.boolean(),
  /** The build that does its work, or did. */
  joined_to: z.string().nullish(),
  created_at: time,
  finished_at: time.nullable(),
  duration_ms: z.number().nullable(),
})

export const buildPage = page.extend({ builds: z.array(buildSummary) })

/** A reason of a verification with its texts in the language that was asked for. */
export const shownReason = z.looseObject({
  code: z.string(),
  severity: z.string(),
  owner: z.string().nullish(),
  params: z.record(z.string(), z.unknown()).optional(),
  message: z.string(),
  fix: z.string(),
})

/** Whether the evidence hangs on its image in the registry. */
export const attachment = z
  .looseObject({
    state: z.enum(['attached', 'waiting', 'given_up']),
    manifest: z.string().optional(),
    since: time.optional(),
  })
  .nullable()

export const shownVerification = z.looseObject({
  verdict: z.string(),
  evidence: z.string().describe('`measured`, `simulated`, `computed` or `none`.'),
  passed: z.boolean().optional(),
  unverified: z.boolean().optional(),
  digest: z.string().optional(),
  node_id: z.string().nullish(),
  node: z.string().nullish(),
  gpu: z
    .looseObject({
      uuid: z.string().optional(),
      name: z.string(),
      driver: z.string(),
      capability: z.string().optional(),
      mig: z.unknown().optional(),
      simulated: z.boolean().optional(),
    })
    .nullish(),
  at: time.nullish(),
  nonce: z.string().nullish(),
  attachment: attachment.optional(),
  reasons: z.array(shownReason).optional(),
  detail: z.record(z.string(), z.unknown()).optional(),
})

/** Where a waiting build comes, and when it is likely to start. */
export const shownWait = z.looseObject({
  position: z.number().int().nullable(),
  start: z
    .looseObject({
      from_ms: z.number().int(),
      to_ms: z.number().int(),
      right: z.number().int().describe('How many of the last ranges of its kind were right,'),
      of: z.number().int().describe('of how many.'),
      text: z.string(),
    })
    .nullable(),
})

/** A base that has moved, for which a build was made again. */
const rebuildBecause = z
  .looseObject({
    bases_moved: z.array(
      z.looseObject({ reference: z.string(), from: z.string().nullable(), to: z.string() }),
    ),
  })
  .nullable()

const shownPackages = z.looseObject({
  apt: z.array(z.string()),
  pip: z.array(z.string()),
  conda: z.array(z.string()),
  conda_channels: z.array(z.string()),
})

/** Options of a submit: those that this client knows, and whatever else there is. */
const shownOptions = z.looseObject({
  target: z.string().optional(),
  platform: z.string().optional(),
  build_args: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  no_cache: z.union([z.boolean(), z.array(z.string())]).optional(),
  network: z.enum(['proxy', 'open', 'none']).optional(),
  limits: z.looseObject({ memory: z.number().optional(), cpus: z.number().optional() }).optional(),
  timeouts: z.looseObject({ build: z.number().optional() }).optional(),
  compression: z
    .looseObject({ type: z.enum(['zstd', 'gzip', 'estargz', 'uncompressed']) })
    .optional(),
  cache: z.looseObject({ import: z.boolean(), export: z.enum(['off', 'min', 'max']) }).optional(),
  reproducible: z.union([z.boolean(), z.looseObject({ source_date_epoch: z.number() })]).optional(),
  secrets: z.array(z.looseObject({ id: z.string(), secret: z.string() })).optional(),
})

const gitSource = z.looseObject({
  git: z.string(),
  ref: z.string().optional(),
  subdir: z.string().optional(),
  commit: z.string().optional(),
})

/** What a build was made from. */
const source = {
  base_image: z.string().nullable(),
  dockerfile: z.string(),
  packages: shownPackages.nullable(),
  options: shownOptions,
  context: z.union([z.string(), gitSource]).nullable().describe('An upload, or a repository.'),
  contexts: z.record(
    z.string(),
    z.union([z.string(), z.looseObject({ image: z.string() }), gitSource]),
  ),
  bases: z.array(z.looseObject({ reference: z.string(), pinned: z.string() })),
  saved: saveChoices
    .extend({
      environment_id: z.string(),
      start: z.number().int(),
      saved_by: z.string(),
      parent: z.string(),
      parent_digest: z.string(),
    })
    .nullish()
    .describe('Which environment it was saved from; `null` when it was built.'),
}

/** The same, as a version tells it of its build. */
export const versionBuild = z.looseObject({
  id: z.string(),
  submitted_by: z.string().nullable(),
  submitted_at: time,
  finished_at: time.nullable(),
  node_id: z.string().nullable(),
  rebuild_because: rebuildBecause,
  ...source,
})

const packageWarnings = z.array(
  z.looseObject({ code: z.string(), message: z.string(), fix: z.string() }),
)

/** One build whole. */
export const buildDetail = buildSummary.extend({
  ...source,
  queue: shownWait.nullable(),
  description: z.string(),
  visibility: imageVisibility
    .optional()
    .describe('Of its image, had this build made it new; the image may have another by now.'),
  version: z
    .looseObject({
      image_id: z.number().int().optional(),
      number: z.number(),
      took_name: z.boolean().optional(),
    })
    .nullable(),
  rebuild_because: rebuildBecause,
  warnings: packageWarnings
    .optional()
    .describe('Of its lists of packages, in the light of its base and of the GPUs of the farm.'),
  stages: z.array(
    z.looseObject({
      stage: z.string(),
      attempt: z.number(),
      started_at: time,
      duration_ms: z.number().nullable(),
    }),
  ),
  attempts: z.array(
    z.looseObject({
      number: z.number().int(),
      node_id: z.string(),
      reason: z.string().describe('Why the build went to this node.'),
      placed_at: time,
      finished_at: time.nullable(),
      failure: shownFailure.nullable(),
    }),
  ),
  steps: z.looseObject({
    cached: z.number(),
    total: z.number(),
    transferred_bytes: z.number().optional(),
    steps_omitted: z.number().int().optional(),
    warnings: z.number().int().optional(),
    cache_broken_by: z.record(z.string(), z.unknown()).nullish(),
  }),
  verification: shownVerification.nullable(),
  quarantine: z.array(
    z.looseObject({
      attempt: z.number().int(),
      repository: z.string(),
      digest: z.string(),
      code: z.string(),
      message: z.string(),
      created_at: time,
    }),
  ),
  temporal_url: z.string().optional(),
})

export const buildAccepted = z.looseObject({
  build_id: z.string(),
  status,
  warnings: packageWarnings
    .optional()
    .describe('Of lists of packages that are submitted on their own, as the preview has them.'),
})

/** A build whose place in the queue has been changed. */
export const buildOrdered = buildSummary.extend({ queue: shownWait.nullable() })

export const stepList = z.looseObject({
  steps: z.array(stepEvent),
  steps_omitted: z.number().int(),
  warnings: z.array(
    z.looseObject({
      stage: z.string(),
      text: z.string(),
      line: z.number().int().nullable(),
      url: z.string().nullable(),
      detail: z.unknown(),
    }),
  ),
  cache_broken_by: z
    .looseObject({ number: z.number().int(), name: z.string(), line: z.number().int().nullable() })
    .nullable(),
  cached: z.number().int(),
  total: z.number().int(),
})

/** What became of each of many, in their order. */
export const buildsAccepted = z.looseObject({
  accepted: z.number().int(),
  refused: z.number().int(),
  builds: z.array(z.union([buildAccepted, z.looseObject({ problem: problemAnswer })])),
})

export const foundLine = z.looseObject({
  attempt: z.number(),
  line: z.number(),
  at: time.optional(),
  stage: z.string(),
  step: z.number(),
  stream: z.string().optional(),
  text: z.string(),
  continued: z.boolean().optional(),
})

export const foundLines = page.extend({ matches: z.array(foundLine) })

/** What would be built. `packages` and `base` are `null` for a Dockerfile. */
export const preview = z.looseObject({
  dockerfile: z.string(),
  packages: shownPackages.nullable(),
  base: z.looseObject({ reference: z.string(), pinned: z.string() }).nullable(),
  warnings: packageWarnings,
})
