import { explainReason, type ReasonCode, reasons } from '../../cuda/tables/reasons.ts'

interface Told {
  readonly code: string
  readonly params: Readonly<Record<string, string | number>>
}

/** A reason in one sentence. */
export function explainFinding({ code, params }: Told): string {
  return isReasonCode(code) ? explainReason(code, params, 'en').message : code
}

/** A reason with what would help, for the log. */
export function adviseFinding({ code, params }: Told): string {
  if (!isReasonCode(code)) return code
  const { message, fix } = explainReason(code, params, 'en')
  return `${code}: ${message} ${fix}`
}

function isReasonCode(code: string): code is ReasonCode {
  return Object.hasOwn(reasons, code)
}
