import { expect, it } from 'vitest'
import { compareTurns, countBefore, shareOut, turnOf, type Waiting } from './fair-share.ts'

const one = <Id extends string | number>(
  id: Id,
  count: number,
  [running, served, weight]: readonly [number, number, number],
): Waiting<Id> => ({ id, count, share: { running, served, weight } })

/** All turns, one after the other. */
const inOrder = <Id extends string | number>(waiting: readonly Waiting<Id>[]) =>
  waiting
    .flatMap((of) =>
      Array.from({ length: of.count }, (_, rank) => ({ of, turn: turnOf(of.id, of.share, rank) })),
    )
    .toSorted((a, b) => compareTurns(a.turn, b.turn))

const projects = [
  one(1, 60, [8, 0, 1]),
  one(2, 60, [1, 5, 3]),
  one(3, 60, [0, 1, 7]),
  one(4, 60, [2, 0, 1]),
]
const users = [
  one('ada', 25, [4, 30, 1]),
  one('bob', 3, [0, 7, 1]),
  one('cai', 0, [1, 8, 1]),
  one('dan', 11, [1, 8, 1]),
  one('', 6, [0, 7, 1]),
]
const weighted = [...users, one('eve', 40, [2, 7 / 3, 3]), one('fay', 30, [0, 9, 1000])]

it('lets those take turns that have the fewest for their weight, and then those that were served least', () => {
  const names = inOrder(users).map(({ of }) => of.id)
  expect(names.slice(0, 5)).toEqual(['', 'bob', '', 'bob', 'dan'])
  const two = [one('a', 6, [0, 0, 1]), one('b', 6, [0, 0, 2])]
  expect(inOrder(two).map(({ of }) => of.id)).toEqual('abbabbabbaaa'.split(''))
})

it.each([
  ['projects', projects] as const,
  ['users', users] as const,
  ['weights', weighted] as const,
])(
  'counts as many before a turn as would go before it one after the other: %s',
  (_, waiting: readonly Waiting<string | number>[]) => {
    const order = inOrder(waiting)
    for (const [at, { turn }] of order.slice(0, 80).entries()) {
      for (const { id, share, count } of waiting) {
        const before = order.slice(0, at).filter(({ of }) => of.id === id).length
        expect(Math.min(count, countBefore(id, share, turn))).toBe(before)
      }
    }
  },
)

it.each([
  ['projects', projects] as const,
  ['users', users] as const,
  ['weights', weighted] as const,
])(
  'shares out any number of turns as they would be taken one after the other: %s',
  (_, waiting: readonly Waiting<string | number>[]) => {
    const order = inOrder(waiting)
    for (let total = 0; total <= order.length + 2; total += 1) {
      const first = order.slice(0, total)
      expect(shareOut(waiting, total)).toEqual(
        waiting.map(({ id }) => first.filter(({ of }) => of.id === id).length),
      )
    }
  },
)
