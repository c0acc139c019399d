import type { z } from 'zod'
import type {
  computedAnswer,
  evidenceUpload,
  factsUpload,
  verificationReason,
} from './wire/verification.ts'

export type FactsUpload = z.infer<typeof factsUpload>
export type EvidenceUpload = z.infer<typeof evidenceUpload>
export type VerificationReason = z.infer<typeof verificationReason>
export type ComputedAnswer = z.infer<typeof computedAnswer>
