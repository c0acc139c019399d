import type { z } from 'zod'
import type { ProjectDetail } from '#contract/answers.ts'
import type { changeProject } from '#contract/wire/project.ts'
import type { BlockingSeverity } from '#contract/wire/scan-policy.ts'

type Change = z.input<typeof changeProject>
type GpuMode = NonNullable<ProjectDetail['gpu_policy']>['mode']
type ScanMode = NonNullable<ProjectDetail['scan_policy']>['mode']

/** The policies of a project as they are filled in. An empty mode is that of the farm; waits are in minutes. */
export interface PolicyFields {
  gpuMode: GpuMode | ''
  gpuWait: number
  scanMode: ScanMode | ''
  severity: BlockingSeverity
  scanWait: number
  pullsAhead: boolean
}

const minute = 60
const usualWait = 600

const waitOf = (policy: object | null) =>
  policy !== null && 'wait_seconds' in policy ? Number(policy.wait_seconds) : usualWait

/** Pure. */
export function toPolicyFields({
  gpu_policy: gpu,
  scan_policy: scan,
  pull_ahead: ahead = true,
}: Pick<ProjectDetail, 'gpu_policy' | 'scan_policy' | 'pull_ahead'>): PolicyFields {
  return {
    gpuMode: gpu?.mode ?? '',
    gpuWait: waitOf(gpu) / minute,
    scanMode: scan?.mode ?? '',
    severity: scan?.mode === 'block' ? scan.severity : 'critical',
    scanWait: waitOf(scan) / minute,
    pullsAhead: ahead,
  }
}

/** Pure. */
export function toPolicies(fields: PolicyFields): Change {
  const gpuWait = Math.round(fields.gpuWait * minute)
  const scanWait = Math.round(fields.scanWait * minute)
  const { gpuMode, scanMode, severity } = fields
  return {
    gpu_policy:
      gpuMode === ''
        ? null
        : gpuMode === 'allow_unverified'
          ? { mode: gpuMode }
          : { mode: gpuMode, wait_seconds: gpuWait },
    scan_policy:
      scanMode === ''
        ? null
        : scanMode === 'none'
          ? { mode: scanMode }
          : scanMode === 'report'
            ? { mode: scanMode, wait_seconds: scanWait }
            : { mode: scanMode, severity, wait_seconds: scanWait },
    pull_ahead: fields.pullsAhead,
  }
}
