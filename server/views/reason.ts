import type { VerificationReason } from '#contract/verification.ts'
import type { Language } from '../../cuda/tables/reason.ts'
import { explainReason, isReasonCode, reasons } from '../../cuda/tables/reasons.ts'

/** A reason with who must act and its texts. A code that these tables do not know yet is shown without. */
export function showReason(
  { code, severity, owner, params }: VerificationReason,
  language: Language,
) {
  if (!isReasonCode(code)) {
    return { code, severity, owner: owner ?? null, params, message: code, fix: '' }
  }
  return {
    code,
    severity,
    owner: owner ?? reasons[code].owner,
    params,
    ...explainReason(code, params, language),
  }
}
