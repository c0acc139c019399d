import type { Severity } from '../tables/reason.ts'
import { type ReasonCode, type ReasonParams, reasons } from '../tables/reasons.ts'

export const verdicts = ['runs', 'runs_with_notes', 'doubtful', 'will_not_run', 'not_gpu'] as const

export type Verdict = (typeof verdicts)[number]

export interface Finding {
  readonly code: ReasonCode
  readonly severity: Severity
  readonly params: ReasonParams
}

/** A finding with the severity of its code, unless the case at hand is milder. */
export function finding(
  code: ReasonCode,
  params: ReasonParams = {},
  severity: Severity = reasons[code].severity,
): Finding {
  return { code, severity, params }
}

/** The worst finding decides. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const has = (...severities: readonly Severity[]) =>
    findings.some(({ severity }) => severities.includes(severity))
  if (has('error')) return 'will_not_run'
  if (has('unsure', 'retry')) return 'doubtful'
  return has('note', 'warn') ? 'runs_with_notes' : 'runs'
}

/** Whether an image with this verdict is worth starting without a doubt. */
export function isRunning(verdict: Verdict): boolean {
  return verdict === 'runs' || verdict === 'runs_with_notes'
}

/** Leaves one of findings that say exactly the same, in their order. */
export function distinct(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [JSON.stringify(each), each])).values()]
}
