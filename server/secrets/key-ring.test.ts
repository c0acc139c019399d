import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { createKeyRing } from './key-ring.ts'
import { keyBytes } from './seal.ts'

const random = () => randomBytes(keyBytes)
const [older, newer, dataKey] = [random(), random(), random()] as const

it('wraps under its first key and opens what any of its keys has wrapped', () => {
  const wrapped = createKeyRing([older]).wrap('team', dataKey)
  const ring = createKeyRing([newer, older])
  expect(ring.unwrap('team', wrapped)).toEqual(dataKey)
  const again = ring.wrap('team', dataKey)
  expect(again.wrappedBy).not.toBe(wrapped.wrappedBy)
  expect(createKeyRing([newer]).unwrap('team', again)).toEqual(dataKey)
})

it('opens nothing for another project or without the key, and says which one is missing', () => {
  const ring = createKeyRing([older])
  const wrapped = ring.wrap('team', dataKey)
  expect(() => ring.unwrap('other', wrapped)).toThrow('authenticate')
  expect(() => createKeyRing([newer]).unwrap('team', wrapped)).toThrow(wrapped.wrappedBy)
})
