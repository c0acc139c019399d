import { z } from 'zod'

/** From which on findings can keep an image back. */
export const blockingSeverities = ['low', 'medium', 'high', 'critical'] as const
export type BlockingSeverity = (typeof blockingSeverities)[number]

/** Seconds that a build waits for the registry's scanner. */
const waitSeconds = z.number().int().min(1).max(3600).default(600)

/** What the registry's scanner has to say before a name moves. */
export const scanPolicy = z.discriminatedUnion('mode', [
  /** Nothing is asked. */
  z.strictObject({ mode: z.literal('none') }),
  /** What it finds is shown with the version, and keeps nothing back. */
  z.strictObject({ mode: z.literal('report'), wait_seconds: waitSeconds }),
  /** Nothing is published with a finding this bad or worse, nor what has not been scanned in time. */
  z.strictObject({
    mode: z.literal('block'),
    severity: z.enum(blockingSeverities),
    wait_seconds: waitSeconds,
  }),
])

export const scanModes = scanPolicy.options.map(({ shape }) => shape.mode.value)
