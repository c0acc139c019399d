import { describe, expect, it } from 'vitest'
import { bootstrapMedian, median } from './interval.ts'

/** Numbers that look random and are the same each time (a linear congruential generator). */
function repeatable(): () => number {
  let state = 1
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

describe('median', () => {
  it('is the middle value, or the mean of the two', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 100])).toBe(3.5)
    expect(() => median([])).toThrow(RangeError)
  })
})

describe('bootstrapMedian', () => {
  it('has no width when all values are the same', () => {
    expect(bootstrapMedian([2, 2, 2], repeatable())).toEqual({ median: 2, low: 2, high: 2 })
  })

  it('holds the median, stays within the sample and narrows with a larger one', () => {
    const few = [1, 2, 3, 4, 5, 6, 7]
    const many = Array.from({ length: 70 }, (_, at) => 1 + (at % 7))
    const wide = bootstrapMedian(few, repeatable())
    const narrow = bootstrapMedian(many, repeatable())
    expect(wide.median).toBe(4)
    expect(wide.low).toBeGreaterThanOrEqual(1)
    expect(wide.high).toBeLessThanOrEqual(7)
    expect(narrow.high - narrow.low).toBeLessThan(wide.high - wide.low)
  })
})
