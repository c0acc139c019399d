import { expect, it } from 'vitest'
import { applyLimits, findExcess } from './limits.ts'

const farm = { memory: 1000, cpus: undefined }

it('finds what is more than the farm allows', () => {
  expect(findExcess({ memory: 1001, cpus: 64 }, farm)).toEqual([
    { field: 'options.limits.memory', message: 'this farm allows 1000 at most' },
  ])
  expect(findExcess({ memory: 1000 }, farm)).toEqual([])
})

it('bounds a build that asked for nothing, and one that was accepted under wider limits', () => {
  expect(applyLimits({}, farm)).toEqual({ memory: 1000 })
  expect(applyLimits({ memory: 2000, nofile: 64 }, farm)).toEqual({ memory: 1000, nofile: 64 })
  expect(applyLimits({ memory: 10, cpus: 2 }, farm)).toEqual({ memory: 10, cpus: 2 })
})
