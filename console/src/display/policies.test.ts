import { expect, it } from 'vitest'
import { changeProject } from '#contract/wire/project.ts'
import { toPolicies, toPolicyFields } from './policies.ts'

it.each([
  { gpu_policy: null, scan_policy: null, pull_ahead: true },
  {
    gpu_policy: { mode: 'require_gpu' as const, wait_seconds: 90 },
    scan_policy: { mode: 'none' as const },
    pull_ahead: false,
  },
  {
    gpu_policy: { mode: 'allow_unverified' as const },
    scan_policy: { mode: 'report' as const, wait_seconds: 300 },
    pull_ahead: true,
  },
  {
    gpu_policy: { mode: 'wait_then_computed' as const, wait_seconds: 0 },
    scan_policy: { mode: 'block' as const, severity: 'high' as const, wait_seconds: 60 },
    pull_ahead: false,
  },
])('sends %j as it was shown', (policies) => {
  const sent = toPolicies(toPolicyFields(policies))
  expect(sent).toEqual(policies)
  expect(changeProject.safeParse(sent).success).toBe(true)
})
