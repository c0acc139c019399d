import { expect, it } from 'vitest'
import { findUnstorable } from './unstorable.ts'

it.each([
  [{ a: { b: ['x', 'y\0'] } }, 'a.b.1'],
  [{ a: { b: '\uD83E' } }, 'a.b'],
  [{ a: { 'b\0': 1 } }, 'a'],
  ['\0', ''],
])('finds in %j what cannot be stored', (value, place) => {
  expect(findUnstorable(value)).toBe(place)
})

it.each([[{ a: ['x', null, 1, true, '🦊\n\u0001'] }], [new Uint8Array([0])], [undefined]])(
  'takes %j',
  (value) => expect(findUnstorable(value)).toBeUndefined(),
)
