import { expect, it } from 'vitest'
import { whileAllowed } from './while-allowed.ts'

it('ends for a reader who may read no more, and asks seldom', async () => {
  let [now, asked, allowed, ended] = [0, 0, true, false]
  async function* pieces() {
    try {
      for (let n = 0; ; n += 1) yield String(n)
    } finally {
      ended = true
    }
  }
  const isAllowed = async () => {
    asked += 1
    return allowed
  }
  const read: string[] = []
  for await (const piece of whileAllowed(pieces(), isAllowed, () => now)) {
    read.push(piece)
    now += 500
    if (read.length === 10) allowed = false
  }
  expect(read).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11'])
  expect(asked).toBe(3)
  expect(ended).toBe(true)
})
