import { expect, it } from 'vitest'
import { createNewId, timeOfId } from './id.ts'

it('makes ids that sort by time of making', () => {
  let now = 1_790_000_000_000
  const newId = createNewId(
    () => (now += 1),
    (bytes) => crypto.getRandomValues(bytes),
  )
  const ids = Array.from({ length: 50 }, () => newId('build'))
  expect(ids.toSorted()).toEqual(ids)
  expect(ids[0]).toMatch(/^build-[0-9a-hjkmnp-tv-z]{26}$/)
})

it('makes none that sort before an earlier one when the clock is set back', () => {
  const times = [1_790_000_000_000, 1_790_000_000_001, 1_789_996_400_000, 1_790_000_000_002]
  const newId = createNewId(
    () => times.shift() ?? 0,
    (bytes) => bytes.fill(0),
  )
  const made = Array.from({ length: 4 }, () => timeOfId(newId('build')) - 1_790_000_000_000)
  expect(made).toEqual([0, 1, 1, 2])
})

it('tells when it was made', () => {
  const newId = createNewId(
    () => 1_795_958_400_123,
    (bytes) => crypto.getRandomValues(bytes),
  )
  expect(timeOfId(newId('build'))).toBe(1_795_958_400_123)
})
