import { z } from 'zod'

/** Type of a body that is one block of lines (`contract/log-block.ts`); `start` is then in the query. */
export const logBlockType = 'application/vnd.kiln.log'

/** Longest line kept, in characters; longer ones arrive already split. */
export const maxLineLength = 64 * 1024

export const logLine = z.object({
  /** When the daemon saw it, RFC 3339 UTC. */
  at: z.iso.datetime(),
  stage: z.enum(['building', 'verifying', 'pushing']),
  /** Number of the step within the stage, counted from 1; 0 for lines of no step. */
  step: z.number().int().nonnegative(),
  stream: z.enum(['stdout', 'stderr', 'progress']),
  text: z.string().max(maxLineLength),
  /** The line before was longer than a line may be and goes on here. */
  continued: z.boolean().optional(),
})

export const logChunk = z.object({
  start: z.number().int().nonnegative(),
  lines: z.array(logLine).min(1).max(1000),
})
