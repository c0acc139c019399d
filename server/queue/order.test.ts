import { expect, it } from 'vitest'
import { compareTurns, countBefore, turnOf } from './order.ts'

const going = { paused: null, pausedAt: null, maxRunning: null, maxPerUser: null }
const backlog = (id: number, weight: number, running: number, served = 0) => ({
  raised: 0,
  scheduled: false,
  project: { id, name: `p${id}`, weight, served, running, userVirtualTime: 0, ...going },
  users: [],
  maxPerUser: null,
})

it('counts as many before a turn as would go before it one after the other', () => {
  const all = [backlog(1, 1, 8), backlog(2, 3, 1, 5), backlog(3, 7, 0, 1), backlog(4, 1, 2)]
  const turns = all
    .flatMap((one) => Array.from({ length: 60 }, (_, rank) => ({ one, turn: turnOf(one, rank) })))
    .toSorted((a, b) => compareTurns(a.turn, b.turn))
  for (const [at, { turn }] of turns.slice(0, 60).entries()) {
    const before = turns.slice(0, at)
    for (const one of all) {
      expect(countBefore(one, turn)).toBe(before.filter((other) => other.one === one).length)
    }
  }
})
