import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { inGroups } from './in-groups.ts'

describe('questions that come at once', () => {
  it('share what is asked, but for the first, and each gets its own answer', async () => {
    const groups: number[] = []
    const double = inGroups(async (group: readonly number[]) => {
      groups.push(group.length)
      await setImmediate()
      return group.map((one) => one * 2)
    })
    const answers = await Promise.all(Array.from({ length: 100 }, async (_, one) => double(one)))
    expect(answers).toEqual(Array.from({ length: 100 }, (_, one) => one * 2))
    expect(groups).toEqual([1, 64, 35])
    expect(await double(7)).toBe(14)
  })

  it('wait for more while it rests, unless a group is full', async () => {
    const groups: number[] = []
    const rested: (() => void)[] = []
    const same = inGroups(async (group: readonly number[]) => (groups.push(group.length), group), {
      rest: async () => new Promise<void>((resolve) => rested.push(resolve)),
      most: 32,
    })
    expect(await same(1)).toBe(1)
    const answers = [2, 3, 4].map(async (one) => same(one))
    await setImmediate()
    expect(groups).toEqual([1])
    rested.shift()?.()
    expect(await Promise.all(answers)).toEqual([2, 3, 4])
    const many = Array.from({ length: 66 }, async (_, one) => same(one))
    rested.shift()?.()
    await Promise.all(many.slice(0, 64))
    rested.shift()?.()
    await Promise.all(many)
    expect(groups).toEqual([1, 3, 32, 32, 2])
  })

  it('fail alone', async () => {
    const odd = inGroups(async (group: readonly number[]) => {
      await setImmediate()
      if (group.includes(3)) throw new Error('three')
      return group
    })
    const settled = await Promise.allSettled([1, 2, 3, 4].map(async (one) => odd(one)))
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ])
  })
})
