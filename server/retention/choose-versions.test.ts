import { expect, it } from 'vitest'
import { chooseVersions } from './choose-versions.ts'

const now = Date.parse('2026-06-30T00:00:00Z')
const version = (number: number, daysAgo: number, use?: string) => ({
  number,
  createdAt: new Date(now - daysAgo * 24 * 60 * 60 * 1000),
  ...(use !== undefined && { use }),
})
const goes = (...args: Parameters<typeof chooseVersions>) =>
  chooseVersions(...args)
    .filter((choice) => choice.goes)
    .map(({ number }) => number)

const all = [version(1, 40), version(2, 30), version(3, 20), version(4, 1)]

it('lets go what is neither among the newest nor young', () => {
  expect(goes(all, { keep: 1, days: 0 }, now)).toEqual([3, 2, 1])
  expect(goes(all, { keep: 2, days: 25 }, now)).toEqual([2, 1])
  expect(goes(all, { keep: 9, days: 0 }, now)).toEqual([])
  expect(goes(all, { keep: 9, days: 0 }, now, 7)).toEqual([2, 1])
  expect(goes(all, { keep: 0, days: 0 }, now)).toEqual([4, 3, 2, 1])
})

it('keeps a version that has exactly the age for less than a moment', () => {
  expect(goes([version(1, 30)], { keep: 0, days: 30 }, now)).toEqual([1])
  expect(goes([version(1, 30)], { keep: 0, days: 30 }, now - 1)).toEqual([])
})

it('says why each one stays, first what uses it', () => {
  const used = [version(1, 90, 'version 1 is pinned'), version(2, 60), version(3, 1)]
  expect(chooseVersions(used, { keep: 1, days: 30 }, now)).toEqual([
    { number: 3, goes: false, because: 'newest', why: 'one of the newest 1' },
    { number: 2, goes: true, because: 'old', why: '60 days old, and not one of the newest 1' },
    { number: 1, goes: false, because: 'in_use', why: 'version 1 is pinned' },
  ])
})
