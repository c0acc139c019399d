import { expect, it } from 'vitest'
import { findContradiction } from './history.ts'

const write = (digest: string, invokedAt: number, answeredAt: number) => ({
  digest,
  what: digest,
  invokedAt,
  answeredAt,
})
const read = (digest: string | undefined, invokedAt: number, answeredAt: number) => ({
  digest,
  invokedAt,
  answeredAt,
})
const writes = [write('a', 10, 20), write('b', 30, 40), write('c', 35, 60)]

it('takes reads that see a write while it happens, or not yet', () => {
  const reads = [read(undefined, 0, 5), read('a', 12, 15), read('a', 31, 36), read('c', 50, 55)]
  expect(findContradiction({ writes, reads })).toBeUndefined()
})

it.each([
  ['what was never written', [read('x', 0, 100)]],
  ['a write before it began', [read('b', 21, 25)]],
  ['nothing after the first write has ended', [read(undefined, 25, 28)]],
  ['what was written over before it began', [read('a', 70, 80)]],
  ['an older write after a newer one was seen', [read('c', 41, 45), read('b', 50, 55)]],
])('finds a read of %s', (_, reads) => {
  expect(findContradiction({ writes, reads })).toMatch('fits nowhere')
})

it('finds writes whose recorded order is not that in which they happened', () => {
  const swapped = [write('b', 30, 40), write('a', 10, 20)]
  expect(findContradiction({ writes: swapped, reads: [] })).toBe('a had ended before b began')
})
