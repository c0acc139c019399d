import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { keyBytes, open, seal } from './seal.ts'

const key = randomBytes(keyBytes)
const value = Buffer.from('hunter2')

it.each([0, 1, 7, 64 * 1024])('opens what it has sealed: %i bytes', (size) => {
  const bytes = randomBytes(size)
  expect(open(key, seal(key, bytes, 'a|b|1'), 'a|b|1').equals(bytes)).toBe(true)
})

it('never seals the same value to the same bytes', () => {
  expect(seal(key, value, 'a')).not.toEqual(seal(key, value, 'a'))
})

it('opens nothing under another key or for another place', () => {
  const sealed = seal(key, value, 'a|b|1')
  expect(() => open(randomBytes(keyBytes), sealed, 'a|b|1')).toThrow('authenticate')
  for (const bound of ['a|b|2', 'a|c|1', 'x|b|1', '']) {
    expect(() => open(key, sealed, bound)).toThrow('authenticate')
  }
})

it('opens nothing that was changed or cut', () => {
  const sealed = seal(key, value, 'a')
  for (const index of sealed.keys()) {
    const changed = Uint8Array.from(sealed)
    changed[index] = (changed[index] ?? 0) ^ 1
    expect(() => open(key, changed, 'a')).toThrow('authenticate')
    expect(() => open(key, sealed.subarray(0, index), 'a')).toThrow(/auth|initialization/i)
  }
})
