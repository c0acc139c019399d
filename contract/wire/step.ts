import { z } from 'zod'
import { nodeStages } from '../stage.ts'
import { stepLimits } from '../step.ts'

/** Postgres keeps no NUL in a text. */
const text = (length: number) =>
  z
    .string()
    .max(length)
    .refine((value) => !value.includes('\0'), 'holds a NUL')
/** In the Dockerfile as the user wrote it, counted from 1. */
const line = z.number().int().positive().max(10_000_000).nullable()

export const buildStep = z.object({
  /** As in the lines of the log. */
  number: z.number().int().min(1).max(stepLimits.steps),
  /** Such as `[build 2/4] RUN make`. */
  name: text(stepLimits.name),
  line,
  /** RFC 3339 UTC. */
  started_at: z.iso.datetime(),
  /** Absent while the step runs. */
  duration_ms: z.number().int().nonnegative().nullable(),
  cached: z.boolean(),
  /** It ran although everything before it came from the cache. */
  broke_cache: z.boolean(),
  error: text(stepLimits.error).nullable(),
  transferred_bytes: z.number().int().nonnegative(),
})

export const buildWarning = z.object({
  number: z.number().int().min(1).max(stepLimits.warnings),
  text: text(stepLimits.text),
  line,
  /** A page about this kind of warning. */
  url: text(stepLimits.url).nullable(),
  detail: z.array(text(stepLimits.detailLine)).max(stepLimits.detailLines),
})

export const stepReport = z.object({
  stage: z.enum(nodeStages),
  /** The stage has begun anew: what was told of it before counts no more. */
  begins: z.boolean(),
  /** Each whole, in place of what was told of it before. */
  steps: z.array(buildStep).max(stepLimits.stepsPerReport),
  warnings: z.array(buildWarning).max(stepLimits.warningsPerReport),
  /** How many steps of the stage there were so far beyond those that are kept. */
  omitted: z.number().int().nonnegative().default(0),
})
