import { expect, it } from 'vitest'
import { compareUserTurns, countUserBefore, shareOut, userTurnOf } from './order-users.ts'

const waiting = [
  { user: { name: 'ada', running: 4, served: 30 }, count: 25 },
  { user: { name: 'bob', running: 0, served: 7 }, count: 3 },
  { user: { name: 'cai', running: 1, served: 8 }, count: 0 },
  { user: { name: 'dan', running: 1, served: 8 }, count: 11 },
  { user: { name: '', running: 0, served: 7 }, count: 6 },
]
/** One after the other. */
const order = waiting
  .flatMap(({ user, count }) =>
    Array.from({ length: count }, (_, rank) => ({ user, turn: userTurnOf(user, rank) })),
  )
  .toSorted((a, b) => compareUserTurns(a.turn, b.turn))

it('shares out any number of turns as they would be taken one after the other', () => {
  expect(order.slice(0, 5).map(({ user }) => user.name)).toEqual(['', 'bob', '', 'bob', 'dan'])
  for (let total = 0; total <= order.length + 2; total += 1) {
    const first = order.slice(0, total)
    expect(shareOut(waiting, total)).toEqual(
      waiting.map(({ user }) => first.filter((one) => one.user === user).length),
    )
  }
})

it('counts as many before a turn as would go before it', () => {
  for (const [at, { turn }] of order.entries()) {
    for (const { user, count } of waiting) {
      const before = order.slice(0, at).filter((one) => one.user === user).length
      expect(Math.min(count, countUserBefore(user, turn))).toBe(before)
    }
  }
})
