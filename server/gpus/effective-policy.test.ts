import { expect, it } from 'vitest'
import { effectivePolicy } from './effective-policy.ts'

const farm = { hasGpu: true, allowUnverified: false }
const computed = (seconds: number) => ({ mode: 'wait_then_computed', wait_seconds: seconds })

it('is to wait and then to compute, and not to wait for what there is not', () => {
  expect(effectivePolicy(null, farm)).toEqual(computed(600))
  expect(effectivePolicy(null, { ...farm, hasGpu: false })).toEqual(computed(0))
})

it('is what the project has set', () => {
  const set = { mode: 'require_gpu', wait_seconds: 5 } as const
  expect(effectivePolicy(set, { ...farm, hasGpu: false })).toEqual(set)
})

it('publishes nothing unverified unless the operator allows it still', () => {
  const set = { mode: 'allow_unverified' } as const
  expect(effectivePolicy(set, farm)).toEqual(computed(0))
  expect(effectivePolicy(set, { ...farm, allowUnverified: true })).toEqual(set)
})
