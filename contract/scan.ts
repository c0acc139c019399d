import type { z } from 'zod'
import type { scanPolicy } from './wire/scan-policy.ts'

export type ScanPolicy = z.infer<typeof scanPolicy>

/** The policy of a project that has set none. */
export const defaultScanPolicy = { mode: 'none' } as const satisfies ScanPolicy

/** The worst first. `other` is what the scanner gives no rank. */
export const severities = ['critical', 'high', 'medium', 'low', 'other'] as const
export type Severity = (typeof severities)[number]

/** How many findings of each severity. */
export type Findings = Readonly<Record<Severity, number>>

/**
 * `asked`: the scanner has not ended yet. `done`: it has. `timed_out`: it did not in time. `failed`: it gave up, or the
 * registry does not let the farm ask. `unscanned`: nothing scans in this registry.
 */
export type ScanState = 'asked' | 'done' | 'timed_out' | 'failed' | 'unscanned'

/** How many findings are of this severity or worse. Pure. */
export function countFrom(findings: Findings, severity: Severity): number {
  const counted = severities.slice(0, severities.indexOf(severity) + 1)
  return counted.reduce((sum, one) => sum + findings[one], 0)
}

/** Whether there is more of any severity than there was. Pure. @param before `null` when nothing was known. */
export function isWorse(now: Findings, before: Findings | null): boolean {
  return severities.some((severity) => now[severity] > (before?.[severity] ?? 0))
}

/** In words, for people: `2 critical, 1 high`. Pure. */
export function describeFindings(findings: Findings): string {
  const words = severities.flatMap((one) => (findings[one] > 0 ? [`${findings[one]} ${one}`] : []))
  return words.length === 0 ? 'none' : words.join(', ')
}
