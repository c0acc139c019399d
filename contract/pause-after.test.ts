import { expect, it } from 'vitest'
import { pauseAfter } from './pause-after.ts'

const growth = { firstMs: 500, maxMs: 3_000 }

it('doubles with each try, up to the longest', () => {
  const pauses = [1, 2, 3, 4, 5_000].map((tries) => pauseAfter(growth, tries, 0.5))
  expect(pauses).toEqual([500, 1_000, 2_000, 3_000, 3_000])
})

it('varies by a quarter either way, also where it grows no longer', () => {
  expect([0, 1].map((random) => pauseAfter(growth, 1, random))).toEqual([375, 625])
  expect([0, 1].map((random) => pauseAfter(growth, 9, random))).toEqual([2_250, 3_750])
})
