import { expect, it } from 'vitest'
import { keepOnce } from './keep-once.ts'

it('asks once for all, and again when that has failed', async () => {
  let asked = 0
  const read = keepOnce(async () => {
    asked += 1
    if (asked === 1) throw new Error('not yet')
    return asked
  })
  const first = await Promise.allSettled([read(), read()])
  expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(asked).toBe(1)
  expect(await Promise.all([read(), read()])).toEqual([2, 2])
  expect(await read()).toBe(2)
})
