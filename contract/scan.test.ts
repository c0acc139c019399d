import { expect, it } from 'vitest'
import { countFrom, describeFindings, isWorse } from './scan.ts'

const none = { critical: 0, high: 0, medium: 0, low: 0, other: 0 }
const some = { ...none, high: 2, low: 1, other: 4 }

it('counts a severity and all that is worse', () => {
  expect(countFrom(some, 'critical')).toBe(0)
  expect(countFrom(some, 'medium')).toBe(2)
  expect(countFrom(some, 'low')).toBe(3)
})

it('is worse with one more of any severity, whatever there is less of', () => {
  expect(isWorse(some, some)).toBe(false)
  expect(isWorse({ ...none, critical: 1 }, some)).toBe(true)
  expect(isWorse(none, some)).toBe(false)
  expect(isWorse({ ...none, low: 1 }, null)).toBe(true)
  expect(isWorse(none, null)).toBe(false)
})

it('is told with the worst first', () => {
  expect(describeFindings(some)).toBe('2 high, 1 low, 4 other')
  expect(describeFindings(none)).toBe('none')
})
