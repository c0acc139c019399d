import type { z } from 'zod'
import type { stepReport } from './wire/step.ts'

/** What changed in the steps of a stage. */
export type StepReport = z.infer<typeof stepReport>
export type BuildStep = StepReport['steps'][number]
export type BuildWarning = StepReport['warnings'][number]

/** How much is kept of the steps of one stage. Lengths in UTF-16 units; what is longer is cut. */
export const stepLimits = {
  steps: 300,
  warnings: 100,
  stepsPerReport: 100,
  warningsPerReport: 50,
  name: 1024,
  error: 2048,
  text: 1024,
  url: 512,
  detailLines: 10,
  detailLine: 512,
} as const
