import { expect, it } from 'vitest'
import { compare, type Comparison, type Pair } from './compare.ts'

it('runs the sides in turn, keeps every pair and divides within a pair', async () => {
  const order: string[] = []
  const side = (name: string, times: readonly number[]) => ({
    name,
    run: async (round: number) => {
      order.push(name)
      return times[round] ?? 0
    },
  })
  const comparison: Comparison = {
    name: 'x',
    ours: side('a', [10, 100, 30]),
    theirs: side('b', [20, 200, 20]),
    pairs: 3,
    target: { ratio: 1 },
  }
  const told: Pair[] = []
  const result = await compare(
    comparison,
    () => 0,
    (pair) => told.push(pair),
  )
  expect(order).toEqual(['a', 'b', 'b', 'a', 'a', 'b'])
  expect(told).toEqual(result.measured)
  expect(result.ratio.median).toBe(0.5)
  expect(result.addedMs.median).toBe(-10)
})
