import type { Findings, ScanState } from '#contract/scan.ts'

interface ScanRow {
  readonly scan_state: ScanState | null
  readonly scan_detail: string | null
  readonly findings: Findings | null
  readonly scanned_at: Date | null
  readonly later_findings: Findings | null
  readonly later_at: Date | null
}

/**
 * What the registry's scanner said before the name moved, and what it has found since where that is worse. `null` when it
 * was not asked.
 */
export function showScan(row: ScanRow) {
  if (row.scan_state === null) return null
  return {
    state: row.scan_state,
    detail: row.scan_detail ?? '',
    findings: row.findings,
    scanned_at: row.scanned_at?.toISOString() ?? null,
    late_findings:
      row.later_findings === null
        ? null
        : { findings: row.later_findings, since: row.later_at?.toISOString() ?? null },
  }
}
