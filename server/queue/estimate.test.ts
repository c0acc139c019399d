import { expect, it } from 'vitest'
import { judge, predictStart, sayStart } from './estimate.ts'

const outcome = (expectedMs: number, waitedMs: number, lowMs = 0, highMs = Infinity) => ({
  expectedMs,
  lowMs,
  highMs,
  waitedMs,
})
const minute = 60_000

it('expects a build to start when those before it and one more have left', () => {
  const durations = [4 * minute, 6 * minute]
  expect(predictStart({ ahead: 0, slots: 5, durations, settled: [] })?.expectedMs).toBe(minute)
  expect(predictStart({ ahead: 9, slots: 5, durations, settled: [] })).toEqual({
    expectedMs: 10 * minute,
    lowMs: 5 * minute,
    highMs: 20 * minute,
  })
})

it('knows nothing where no build has run, or none can', () => {
  expect(predictStart({ ahead: 0, slots: 5, durations: [], settled: [] })).toBeUndefined()
  expect(predictStart({ ahead: 0, slots: 0, durations: [1], settled: [] })).toBeUndefined()
})

it('takes its range from how far it was off before', () => {
  const settled = Array.from({ length: 20 }, (_, at) => outcome(100, 100 + at))
  const start = predictStart({ ahead: 0, slots: 1, durations: [1000], settled })
  expect(start?.lowMs).toBeCloseTo(1020)
  expect(start?.highMs).toBeCloseTo(1180)
})

it('tells how often its ranges were right, of the newest ten', () => {
  const right = Array.from({ length: 6 }, () => outcome(100, 100, 50, 200))
  const wrong = Array.from({ length: 9 }, () => outcome(100, 300, 50, 200))
  expect(judge([...right, ...wrong])).toEqual({ right: 6, of: 10 })
  expect(judge([...right.slice(0, 2), ...wrong.slice(0, 1)])).toEqual({ right: 2, of: 3 })
})

it('says it in words', () => {
  const start = { expectedMs: 1, lowMs: 2.5 * minute, highMs: 4.2 * minute }
  expect(sayStart(start, { right: 8, of: 10 })).toEqual({
    en: 'in 2 to 5 min; right 8 of the last 10 times',
    zh: '2 到 5 分钟后；最近 10 次中有 8 次准确',
  })
  expect(sayStart({ expectedMs: 1, lowMs: 900, highMs: 3000 }, { right: 0, of: 0 }).en).toBe(
    'in 0 to 3 s',
  )
})
