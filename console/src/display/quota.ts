import type { QuotaName } from '#contract/quota.ts'
import { showSize } from './size.ts'

/** Whether it is counted in bytes. */
export const isInBytes = {
  builds_queued: false,
  images: false,
  context_bytes: true,
  log_bytes: true,
  gpu_minutes: false,
  registry_bytes: true,
  volume_bytes: true,
  environments: false,
  environment_gpus: false,
} as const satisfies Record<QuotaName, boolean>

export const gib = 1024 ** 3

/** How much it is, for people. Pure. */
export function showQuota(name: QuotaName, value: number): string {
  return isInBytes[name] ? showSize(value) : String(Math.round(value))
}
