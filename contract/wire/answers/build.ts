import { z } from 'zod'
import { finalStatuses } from '../../stage.ts'
import { page } from './page.ts'

export const status = z.enum(['building', ...finalStatuses])

/** Why a build did not succeed, with who must act. Codes are text: a newer server may know more of them. */
export const shownFailure = z.looseObject({
  code: z.string(),
  message: z.string(),
  line: z.number().int().positive().optional(),
  stage: z.string().optional(),
  exitCode: z.number().int().optional(),
  reasons: z.array(z.string()).readonly().optional(),
  actor: z.enum(['user', 'registry', 'farm']),
  advice: z.string(),
})

/** What a list shows of a build. Sizes in bytes, durations in ms. */
export const buildSummary = z.looseObject({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  status,
  stage: z.string(),
  attempt: z.number().int(),
  node_id: z.string().nullable(),
  waiting_reason: z.string().nullable(),
  digest: z.string().nullable(),
  size: z.number().nullable(),
  failure: shownFailure.nullable(),
  created_at: z.string(),
  duration_ms: z.number().nullable(),
})

export const buildPage = page.extend({ builds: z.array(buildSummary) })

/** A reason of a verification with its texts in the language that was asked for. */
export const shownReason = z.looseObject({
  code: z.string(),
  severity: z.string(),
  message: z.string(),
  fix: z.string(),
})

export const shownVerification = z.looseObject({
  verdict: z.string(),
  evidence: z.string(),
  passed: z.boolean().optional(),
  node: z.string().nullish(),
  gpu: z.looseObject({ name: z.string(), driver: z.string() }).nullish(),
  reasons: z.array(shownReason).optional(),
})

/** One build whole. */
export const buildDetail = buildSummary.extend({
  dockerfile: z.string(),
  version: z.looseObject({ number: z.number(), took_name: z.boolean().optional() }).nullable(),
  stages: z.array(
    z.looseObject({ stage: z.string(), attempt: z.number(), duration_ms: z.number().nullable() }),
  ),
  steps: z.looseObject({ cached: z.number(), total: z.number() }),
  verification: shownVerification.nullable(),
})

export const buildAccepted = z.looseObject({ build_id: z.string(), status })

export const foundLine = z.looseObject({
  attempt: z.number(),
  line: z.number(),
  stage: z.string(),
  step: z.number(),
  text: z.string(),
})

export const foundLines = page.extend({ matches: z.array(foundLine) })
