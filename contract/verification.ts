import type { z } from 'zod'
import type { computedAnswer, evidenceUpload, factsUpload } from './wire/verification.ts'

export type FactsUpload = z.infer<typeof factsUpload>
export type EvidenceUpload = z.infer<typeof evidenceUpload>

export type ComputedAnswer = z.infer<typeof computedAnswer>
