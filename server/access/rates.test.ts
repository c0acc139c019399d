import { expect, it } from 'vitest'
import { createRates } from './rates.ts'

const limits = { requests: 60, sign_ins: 1, submits: 2, uploads: 1 }

it('gives so many turns at once, then as they come back', () => {
  let now = 0
  const take = createRates(limits, () => now)
  expect([1, 2, 3].map(() => take('a', 'submits'))).toEqual([undefined, undefined, 30])
  now = 29_000
  expect(take('a', 'submits')).toBe(1)
  now = 30_000
  expect(take('a', 'submits')).toBeUndefined()
  expect(take('a', 'submits')).toBe(30)
})

it('counts each caller and each kind apart, and never more than a minute of quiet', () => {
  let now = 0
  const take = createRates(limits, () => now)
  expect(take('a', 'uploads')).toBeUndefined()
  expect(take('a', 'uploads')).toBe(60)
  expect(take('b', 'uploads')).toBeUndefined()
  expect(take('a', 'submits')).toBeUndefined()
  now = 3_600_000
  expect(take('a', 'uploads')).toBeUndefined()
  expect(take('a', 'uploads')).toBe(60)
})
