import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createSerialQueue } from './serial-queue.ts'

it('runs one after the other, also after one that failed', async () => {
  const told: string[] = []
  const inTurn = createSerialQueue()
  const work = (name: string, ms: number) => async () => {
    told.push(`${name} begins`)
    await sleep(ms)
    told.push(`${name} ends`)
    if (name === 'b') throw new Error('b failed')
    return name
  }
  const all = await Promise.allSettled([
    inTurn(work('a', 20)),
    inTurn(work('b', 5)),
    inTurn(work('c', 0)),
  ])
  expect(told).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})
