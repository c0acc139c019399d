import { expect, it } from 'vitest'
import { deliveryPause } from './patience.ts'

it('waits longer with each try, varies, and ends', () => {
  const pauses = Array.from({ length: 8 }, (_, index) => deliveryPause(index + 1, 0.5) ?? 0)
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  expect(pauses.every((pause) => pause > 0)).toBe(true)
  expect(deliveryPause(3, 0)).toBe(96_000)
  expect(deliveryPause(3, 1)).toBeCloseTo(144_000)
  expect(deliveryPause(9, 0.5)).toBeUndefined()
})
