import { expect, it } from 'vitest'
import { createNewId } from './id.ts'

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
